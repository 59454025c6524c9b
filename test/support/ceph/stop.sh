#!/usr/bin/env bash
# stop.sh DATADIR : ends the processes start.sh wrote in DATADIR/pids (last started first), waits, nothing else.
DIR=${1:?DATADIR}; [ -s "$DIR/pids" ] || exit 0
for p in $(tac "$DIR/pids"); do
  kill -TERM "$p" 2>/dev/null || continue
  for _ in $(seq 1 100); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
  kill -KILL "$p" 2>/dev/null || true
done
: > "$DIR/pids"
