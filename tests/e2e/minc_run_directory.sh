#!/usr/bin/env bash
# as a user, too
# A command on a directory: its output, its status, and the directory is never changed.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -r "$BUSYBOX_ROOT" cat /etc/os-release
expect_eq "$out" "NAME=busybox"
expect_eq "$err" ""
expect_status 7 minc -r "$BUSYBOX_ROOT" sh -c 'exit 7'

cp -a "$BUSYBOX_ROOT" rootdir
before=$(find rootdir -printf '%p %y %m %s %T@\n' | sort | sha256sum)
expect_status 0 minc -r ./rootdir sh -c 'echo x >/new; rm /etc/os-release; mkdir /d; chmod 700 /bin; ls /new /d'
expect_match "$out" "/new"
expect_eq "$(find rootdir -printf '%p %y %m %s %T@\n' | sort | sha256sum)" "$before" "the directory"
expect_eq "$(ls "$MINCS_DIR/containers")" "" "containers left"
