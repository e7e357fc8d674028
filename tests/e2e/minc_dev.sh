#!/usr/bin/env bash
# under user-mode Linux, too
# as a user, too
# A fresh /dev: the standard nodes with their numbers and modes, links, pts and shm, and nothing of the
# host's.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'cd /dev; stat -c "%n %F %t:%T %a" null zero full random urandom tty'
expect_eq "$out" "null character special file 1:3 666
zero character special file 1:5 666
full character special file 1:7 666
random character special file 1:8 666
urandom character special file 1:9 666
tty character special file 5:0 666"
expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'cd /dev; for l in fd stdin stdout stderr; do readlink $l; done; ls -d pts shm; test -e ptmx && echo ptmx; stat -c %a shm'
expect_eq "$out" "/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts
shm
ptmx
1777"
expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'find /dev -type b; ls /dev | grep -E "^(kmsg|mem|vd|sd|loop|mapper|kvm|fuse)" || true'
expect_eq "$out" "" "devices of the host"
# Nor can one be made and used.
expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'mknod /tmp/mem c 1 1 2>/dev/null; head -c 1 /tmp/mem 2>/dev/null | wc -c'
expect_eq "$out" 0 "bytes read from a device node made inside"
