#!/usr/bin/env bash
# as a user, too
# Twenty containers at once: each its own output, its own changes, nothing left.
. "$(dirname "$0")/lib.sh"

pids=()
for i in $(seq 20); do
    minc -r "$BUSYBOX_ROOT" sh -c "echo $i >/mine; sleep 0.2; cat /mine; exit $i" >"out.$i" 2>"err.$i" &
    pids+=($!)
done
for i in $(seq 20); do
    expect_status "$i" wait "${pids[$((i - 1))]}"
    expect_eq "$(cat "out.$i")" "$i" "output of container $i"
    expect_eq "$(cat "err.$i")" "" "stderr of container $i"
done
expect_eq "$(ls "$MINCS_DIR/containers")" "" "containers left"
