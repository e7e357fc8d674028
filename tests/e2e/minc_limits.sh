#!/usr/bin/env bash
# Limits hold: memory, number of processes, CPUs.
. "$(dirname "$0")/lib.sh"

run minc --pid-max 5 -r "$BUSYBOX_ROOT" sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; echo all'
expect_no_match "$out" "all" "ten processes under --pid-max 5"
expect_match "$err" "fork" "the shell's message"
run minc --mem-limit 32m --mem-swap 32m -r "$DEBIAN_ROOT" python3 -c 'x = bytearray(200000000); print(len(x))'
[ "$status" = 137 ] || fail "200 MB under --mem-limit 32m: status $status, $out $err"
expect_status 0 minc --cpu 0 -r "$DEBIAN_ROOT" nproc
expect_eq "$out" 1 "CPUs seen under --cpu 0"
expect_status 0 minc --mem-limit 512m --cpu-shares 512 --cpu-quota 50000 --pid-max 100 -r "$BUSYBOX_ROOT" echo fine
expect_eq "$out" fine
