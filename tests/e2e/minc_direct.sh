#!/usr/bin/env bash
# as a user, too
# -D changes the directory itself.
. "$(dirname "$0")/lib.sh"

cp -a "$BUSYBOX_ROOT" root
expect_status 0 minc -D -r ./root sh -c 'echo changed >/etc/os-release; echo new >/new; mount | grep " / " || true'
expect_eq "$(cat root/etc/os-release root/new)" $'changed\nnew'
expect_no_match "$out" overlay "the root's mount"
expect_eq "$(ls -A root/proc)" "" "proc stays an empty directory"
