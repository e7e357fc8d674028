#!/usr/bin/env bash
# as a user, too
# -D changes the directory itself.
. "$(dirname "$0")/lib.sh"

cp -a "$BUSYBOX_ROOT" root
expect_status 0 minc -D -r ./root sh -c 'echo changed >/etc/os-release; echo new >/new; mount | grep " / " || true'
expect_eq "$(cat root/etc/os-release root/new)" $'changed\nnew'
expect_no_match "$out" overlay "the root's mount"
expect_eq "$(ls -A root/proc)" "" "proc stays an empty directory"

# MINCS's name for it; a directory always, whatever images are called.
expect_status 0 minc --nopriv root sh -c 'echo nopriv >/nopriv'
expect_eq "$(cat root/nopriv)" nopriv
expect_status 2 minc --nopriv root -r root true
