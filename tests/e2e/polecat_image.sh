#!/usr/bin/env bash
# as a user, too
# ROOT may be an image of the store; the container of the traced run goes with it.
. "$(dirname "$0")/lib.sh"

marten import "$BUSYBOX_ROOT" box >/dev/null 2>&1
expect_status 0 polecat -o id.sh box sh -c 'id -u; cat /etc/os-release'
expect_status 0 ./id.sh
expect_eq "$out" "0
NAME=busybox"
expect_eq "$(find "$MINCS_DIR/containers" -mindepth 1)" "" "containers that are left"
expect_eq "$(find "$MINCS_DIR/staging" -mindepth 1)" "" "things unfinished"

# The host's own root.
expect_status 0 polecat -o host.sh host sh -c 'echo from the host'
expect_status 0 ./host.sh
expect_eq "$out" "from the host"
