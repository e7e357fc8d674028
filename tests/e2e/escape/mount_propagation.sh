#!/usr/bin/env bash
# as a user, too
# What is mounted in a container, be it privileged, is not mounted on the host, and stays in no other place.
. "$(dirname "$0")/../lib.sh"

mkdir shared
mount -t tmpfs mincs-test shared
mount --make-shared shared
before=$(wc -l </proc/self/mountinfo)
expect_status 0 minc --privileged -r "$DEBIAN_ROOT" -b "$PWD/shared:/shared" sh -c '
    mkdir /shared/in && mount -t tmpfs inner /shared/in && touch /shared/in/file && ls /shared/in && wc -l </proc/self/mountinfo'
expect_match "$out" "^file" "in the container"
[ ! -e shared/in/file ] || fail "the mount came to the host"
expect_eq "$(wc -l </proc/self/mountinfo)" "$before" "mounts of the host"
umount shared
