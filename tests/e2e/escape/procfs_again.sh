#!/usr/bin/env bash
# as a user, too
# A procfs mounted anew, or the old one made writable, would show what is masked.
. "$(dirname "$0")/../lib.sh"

attacks='mkdir -p /tmp/p; mount -t proc proc /tmp/p 2>/dev/null && echo new; mount -o remount,rw /proc/sys 2>/dev/null && echo remounted
umount /proc/kcore 2>/dev/null && echo unmasked; true'
expect_status 0 minc --privileged -r "$DEBIAN_ROOT" sh -c "$attacks"
expect_match "$out" new "without protection"
expect_status 0 minc -r "$DEBIAN_ROOT" sh -c "$attacks"
expect_eq "$out" "" "as root of a container"
expect_status 0 minc -r "$DEBIAN_ROOT" sh -c "unshare -Urm sh -c '$attacks' 2>/dev/null; true"
expect_eq "$out" "" "in namespaces of its own"
