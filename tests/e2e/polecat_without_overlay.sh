#!/usr/bin/env bash
# as a user of either kind, only
# resource: fuse-overlayfs
# On a kernel that makes no overlay in a user namespace, polecat traces and proves all the same, by fuse-overlayfs or in a copy, and
# a bundle starts from memory.
. "$(dirname "$0")/lib.sh"
command -v fuse-overlayfs >/dev/null || skip "fuse-overlayfs is not installed"
[ -e /dev/fuse ] || skip "there is no /dev/fuse"

has_ended() { ! pgrep -u "$MINCS_TEST_USER" -x fuse-overlayfs >/dev/null; }
refused() { "$NO_OVERLAY" "$@"; }
without() { refused unshare --mount sh -c 'mount --bind /dev/null "$(command -v fuse-overlayfs)" && exec "$@"' - "$@"; }
cp -a "$BUSYBOX_ROOT" tree
echo kept >tree/note
give tree
marten import -q tree base >/dev/null
command=(sh -c 'cat /note; echo changed >/note; cat /note')
expect_status 0 polecat -o kernel.sh base "${command[@]}"
for how in refused without; do
    for root in base tree; do
        expect_status 0 $how polecat --report report -o $how.$root.sh $root "${command[@]}"
        expect_eq "$(grep -c 'makes no overlay in a user namespace' <<<"$err")" 1 "lines that say so, of $root"
        cmp kernel.sh $how.$root.sh || fail "another bundle of $root"
    done
done
expect_eq "$(cat tree/note)" kept "the tree's file"
expect_status 0 refused polecat -o host.sh host sh -c 'id -u; echo x >/etc/made; cat /etc/made'
[ ! -e /etc/made ] || fail "the host was changed"
expect_match "$(without polecat -o none.sh host true 2>&1 || true)" "hint: the package fuse-overlayfs"

# The rung that needs an overlay is passed over, and says why.
for bundle in kernel.sh host.sh; do
    expect_status 0 refused setpriv --reuid "$MINCS_TEST_USER" --regid "$MINCS_TEST_USER" --clear-groups \
        env POLECAT_CWD=/ POLECAT_DEBUG=1 ./$bundle
    expect_match "$err" "not by rung 2: making an overlay in a user namespace"
    expect_match "$err" "rung 3, in a user namespace"
done
expect_eq "$(ls "$MINCS_DIR/containers")" "" "containers left"
wait_until 20 has_ended
