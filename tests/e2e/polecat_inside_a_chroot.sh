#!/usr/bin/env bash
# not as a user: a user in a chroot may make no user namespace
# Also where polecat itself runs inside a chroot (as build systems have it), the paths it packs are the container's.
. "$(dirname "$0")/lib.sh"

mkdir root
in_chroot() {
    unshare --mount --propagation private bash -c '
        mount --bind / "$0/root"
        for directory in dev sys; do mount --rbind /$directory "$0/root/$directory"; done
        mount -t proc proc "$0/root/proc"
        exec chroot "$0/root" "$@"' "$SCRATCH" "$@"
}
expect_status 0 in_chroot polecat -o "$SCRATCH/show.sh" "$BUSYBOX_ROOT" cat /etc/passwd
expect_status 0 ./show.sh
expect_match "$out" 'alice:' "what the bundle prints"
expect_status 0 in_chroot "$SCRATCH/show.sh"
expect_match "$out" 'alice:' "what it prints in the chroot"
