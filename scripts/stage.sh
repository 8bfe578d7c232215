#!/bin/sh
# Runs a command as a named stage and says how long it took: stage.sh NAME COMMAND [ARG ...]
name=$1
shift
begin=$(date +%s)
"$@"
status=$?
echo "stage: $name: $(($(date +%s) - begin)) s$([ $status -eq 0 ] || echo " (failed)")" >&2
exit $status
