#!/usr/bin/env bash
# as a user, too
# What is mounted in every container finds its place without being made in the container, whatever the root has there.
. "$(dirname "$0")/lib.sh"

storage_of() { # CONTAINER: what lies in its upper directory
    (cd "$MINCS_DIR/containers/$(marten inspect --format '{id}' "$1")/storage" && find . -mindepth 1 | sort)
}
mkdir -p bare/bin linked/bin linked/data/etc
cp "$BUSYBOX_ROOT/bin/busybox" bare/bin/
cp "$BUSYBOX_ROOT/bin/busybox" linked/bin/
ln -s data/etc linked/etc
give bare linked

# Not even /etc is there, nor /proc.
expect_status 0 minc -k --name bare -r bare busybox stat -c '%n %a %u:%g' /etc /etc/hosts /proc /dev /sys
expect_match "$out" $'^/etc 755 0:0\n'
expect_eq "$(storage_of bare)" "" "made for the container"
expect_eq "$(marten diff bare)" ""
# It is the container's own directory all the same.
expect_status 0 minc -t bare busybox sh -c 'busybox cat /etc/hosts; busybox touch /etc/mine'
expect_eq "$out" "$(cat /etc/hosts)"
expect_eq "$(marten diff bare)" $'A /etc\nA /etc/mine'
expect_eq "$(storage_of bare)" $'./etc\n./etc/mine'
expect_status 0 minc -t bare busybox ls /etc
expect_eq "$out" $'hosts\nmine\nresolv.conf'

# A link hides what lies below it: made where it leads, and no change either.
expect_status 0 minc -k --name linked -r linked busybox cat /data/etc/hosts
expect_eq "$out" "$(cat /etc/hosts)"
expect_eq "$(marten diff linked)" ""
