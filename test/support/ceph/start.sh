#!/usr/bin/env bash
# Single-node Ceph (mon + osd + rgw, Debian bookworm 16.2) answering S3 on 127.0.0.1:PORT. No systemd, no mgr, no cephx.
# usage: start.sh PORT DATADIR          stop: stop.sh DATADIR
# env:   S3_ACCESS_KEY S3_SECRET_KEY  (default testaccesskey / testsecretkey)
#        OSD_STORE=memstore|bluestore (default memstore)   OSD_BYTES (default 8G memstore, of memory as it fills / 10G sparse bluestore file)
# apt:   apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw
set -euo pipefail
PORT=${1:?PORT}; DIR=${2:?DATADIR}
AK=${S3_ACCESS_KEY:-testaccesskey}; SK=${S3_SECRET_KEY:-testsecretkey}
STORE=${OSD_STORE:-memstore}
MONPORT=${MON_PORT:-$((PORT+1))}
case $STORE in memstore) BYTES=${OSD_BYTES:-8589934592};; bluestore) BYTES=${OSD_BYTES:-10737418240};; *) echo "unknown OSD_STORE $STORE" >&2; exit 2;; esac
T0=$(date +%s.%N)
mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd)
if [ -s "$DIR/pids" ] && kill -0 $(cat "$DIR/pids") 2>/dev/null; then echo "already running (pids $(tr '\n' ' ' <"$DIR/pids"))"; exit 0; fi
: > "$DIR/pids"
# memstore is volatile: always a fresh cluster. bluestore keeps DATADIR across restarts.
NEW=; { [ "$STORE" = bluestore ] && [ -e "$DIR/osd/whoami" ]; } || { NEW=1; rm -rf "$DIR"/{mon,osd,rgw,run,log}; }
mkdir -p "$DIR"/{mon,osd,rgw,run,log}
[ -n "$NEW" ] && cat /proc/sys/kernel/random/uuid > "$DIR/fsid"
FSID=$(cat "$DIR/fsid")
cat > "$DIR/ceph.conf" <<C
[global]
fsid = $FSID
mon host = [v2:127.0.0.1:$MONPORT]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = none
auth service required = none
auth client required = none
auth supported = none
keyring = /dev/null
run dir = $DIR/run
admin socket = $DIR/run/\$name.\$pid.asok
log file = $DIR/log/\$name.log
log to stderr = false
crash dir = $DIR/run/crash
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
paxos propose interval = 0.05
paxos min wait = 0.02
mon data avail warn = 2
[mon]
mon data = $DIR/mon
mon cluster log file = $DIR/log/cluster.log
[osd]
osd data = $DIR/osd
osd journal = $DIR/osd/journal
osd objectstore = $STORE
memstore device bytes = $BYTES
bluestore block size = $BYTES
bluestore block create = true
bluestore fsck on mount = false
osd memory target = 939524096
osd class load list = *
osd class default list = *
osd scrub load threshold = 0.01
[client]
# radosgw's built-in default is "secure", which cannot work without cephx
ms mon client mode = crc
rgw data = $DIR/rgw
rgw frontends = beast endpoint=127.0.0.1:$PORT tcp_nodelay=1
rgw thread pool size = 64
# Buckets are also known by their host names, as cos-front.ts has them.
rgw dns name = cos.ap-test.myqcloud.test
rgw enable usage log = false
# What was removed makes room while the tests run: a full store answers no write, and keeps it waiting.
rgw gc obj min wait = 120
rgw gc processor period = 60
rgw gc processor max time = 60
rgw enable ops log = false
rgw lc debug interval = ${RGW_LC_DEBUG_INTERVAL:-0}
C
export CEPH_CONF="$DIR/ceph.conf"; export CEPH_ARGS="--conf $DIR/ceph.conf"
sub() { ( cd "$DIR"; nohup "$@" </dev/null >>"$DIR/log/stdout.log" 2>&1 & echo $! >> "$DIR/pids" ); }
waitfor() { local n=$1; shift; for _ in $(seq 1 "$n"); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done; echo "timed out: $*" >&2; tail -n 5 "$DIR"/log/*.log >&2; exit 1; }
if [ -n "$NEW" ]; then
  rm -f "$DIR/monmap"
  monmaptool --create --clobber --fsid "$FSID" --addv a "[v2:127.0.0.1:$MONPORT]" "$DIR/monmap" >>"$DIR/log/mkfs.log" 2>&1
  ceph-mon --mkfs -i a --fsid "$FSID" --monmap "$DIR/monmap" >>"$DIR/log/mkfs.log" 2>&1
fi
sub ceph-mon -i a -f
waitfor 30 timeout 10 ceph -s --connect-timeout 5
T1=$(date +%s.%N)
if [ -n "$NEW" ]; then
  UUID=$(cat /proc/sys/kernel/random/uuid)
  ceph osd new "$UUID" 0 >/dev/null
  ceph-osd -i 0 --mkfs --osd-uuid "$UUID" >>"$DIR/log/mkfs.log" 2>&1
fi
sub ceph-osd -i 0 -f
waitfor 300 sh -c 'timeout 10 ceph osd stat | grep -q "1 up"'
T2=$(date +%s.%N)
sub radosgw -n client.rgw.a -f
waitfor 300 curl -sf -o /dev/null "http://127.0.0.1:$PORT/"
T3=$(date +%s.%N)
if [ -n "$NEW" ]; then
  radosgw-admin user create --uid=test --display-name=test --access-key="$AK" --secret-key="$SK" >"$DIR/log/user.json" 2>>"$DIR/log/mkfs.log"
fi
T4=$(date +%s.%N)
awk -v a=$T0 -v b=$T1 -v c=$T2 -v d=$T3 -v e=$T4 -v p=$PORT 'BEGIN{printf "READY http://127.0.0.1:%s total %.1fs (mon %.1f osd %.1f rgw %.1f user %.1f)\n",p,e-a,b-a,c-b,d-c,e-d}'
