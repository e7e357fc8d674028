#!/usr/bin/env bash
# as a user, too
# What --spec prints is accepted and run by another OCI runtime.
# resource: runc
. "$(dirname "$0")/lib.sh"

command -v runc >/dev/null || skip "runc is not installed"
mkdir bundle
minc --spec -D -r "$BUSYBOX_ROOT" sh -c 'echo from runc; id -u' >bundle/config.json
# A hybrid cgroup host is not for every runtime: see whether runc runs anything at all here.
mkdir plain && (cd plain && runc spec && sed -i "s,\"rootfs\",\"$BUSYBOX_ROOT\",; s/\"terminal\": true/\"terminal\": false/; s/\"sh\"/\"true\"/" config.json)
run runc --root "$SCRATCH/runc" run --bundle plain "mincs-plain-$$" </dev/null
[ "$status" = 0 ] || skip "runc runs nothing here: $err"
expect_status 0 runc --root "$SCRATCH/runc" run --bundle bundle "mincs-$$" </dev/null
expect_eq "$out" $'from runc\n0'
