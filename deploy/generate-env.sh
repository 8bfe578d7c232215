#!/bin/sh
# Writes .env beside docker-compose.yml with fresh passwords, readable by you alone. One that is there stays as it is: the
# servers' volumes know its passwords.
set -eu
cd "$(dirname "$0")/.."
if [ -e .env ]; then
  echo "generate-env: .env is already there and stays as it is. To begin anew: docker compose down --volumes, remove .env." >&2
  exit 1
fi
umask 077
for name in TEMPORAL_DB_PASSWORD PLATFORM_DB_PASSWORD MINIO_PASSWORD K3S_TOKEN APP_PASSWORD; do
  # 160 bits in hexadecimal: it needs no quoting in a URL, and MinIO takes no more than 40 characters.
  echo "$name=$(od -An -v -N20 -tx1 /dev/urandom | tr -d ' \n')"
done > .env.new
mv .env.new .env
