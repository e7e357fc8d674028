#!/usr/bin/env bash
# as a user, too
# --spec prints a valid OCI config.json, runs nothing, leaves nothing.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc --spec -r "$BUSYBOX_ROOT" -e A=1 -w /tmp --user 1234:1235 --name somebody sh -c 'echo hi'
printf '%s\n' "$out" >config.json
expect_eq "$(ls "$MINCS_DIR/containers" 2>/dev/null)" "" "containers left"
has() { grep -qE "$1" config.json || fail "config.json has no $1: $(cat config.json)"; }
has '"ociVersion": *"1\.[0-9.]+'
has '"hostname": *"somebody"'
has '"cwd": *"/tmp"'
has '"A=1"'
has '"uid": *1234'
has '"gid": *1235'
has '"noNewPrivileges": *true'
has '"maskedPaths"'
has '"readonlyPaths"'
has '"defaultAction"|"seccomp"'
for namespace in pid mount ipc uts; do has "\"type\": *\"$namespace\""; done
