#!/usr/bin/env bash
# as a user, too
# A device node reaches the host's devices, whoever made it: the image, the container, or a tmpfs and a bind mount of it.
. "$(dirname "$0")/../lib.sh"

cp -a "$BUSYBOX_ROOT" root
mknod -m 666 root/evil c 1 5
mkdir shared && mknod -m 666 shared/evil c 1 5
[ "$(head -c 3 root/evil | wc -c)" = 3 ] || skip "device nodes do not work in $SCRATCH"
read_it='head -c 3 $0 2>/dev/null | wc -c'
for place in "-r ./root" "-r ./root -D" "-r ./root --privileged"; do
    expect_status 0 minc $place sh -c "$read_it" /evil
    expect_eq "$out" 0 "bytes from the image's device node with $place"
done
expect_status 0 minc -r ./root -b "$PWD/shared:/shared" sh -c "$read_it" /shared/evil
expect_eq "$out" 0 "bytes from a device node in a bind mount"
# Making one needs a capability that nobody has by default, and a user never.
run minc --privileged -r ./root --tmpfs /scratch sh -c 'mknod /scratch/n c 1 5 && echo made'
expect_eq "$out" "$([ -n "${MINCS_TEST_USER:-}" ] || echo made)" "without protection"
for place in /tmp /dev /dev/shm; do
    expect_status 0 minc -r ./root sh -c "mknod $place/n c 1 5 2>/dev/null && echo made; true"
    expect_eq "$out" "" "mknod in $place"
done
