#!/usr/bin/env bash
# Runs a test's script so that the tools in it are an ordinary user's: "tester", to whom 65536 IDs are lent, or with
# "alone" none, as files of a private mount namespace say. The script itself stays root's, to look after the host.
# To a script with the comment line "# control groups are handed over" they are: one of each hierarchy is the user's, and
# the script runs in it; $MINCS_TEST_GROUP is its name, "/…".
# usage: as_user.sh SCRIPT [alone]
set -euo pipefail
skip() {
    echo "skipped: $*"
    exit 77
}
[ "$(id -u)" = 0 ] || skip "containers need root here"
command -v newuidmap >/dev/null || skip "newuidmap is not installed"
[ -e /etc/subuid ] && [ -e /etc/subgid ] || skip "there is no /etc/subuid"
export MINCS_TEST_USER=23456 MINCS_TEST_IDS=${2:-lent}
as_tester=(setpriv --reuid "$MINCS_TEST_USER" --regid "$MINCS_TEST_USER" --clear-groups)
. "$MINCS_FIXTURES/roots.env"
"${as_tester[@]}" test -x "$MINC" -a -x "$BUSYBOX_ROOT_OF_TESTER" || skip "an ordinary user cannot reach the build tree"

work=$(mktemp -d "$MINCS_SCRATCH/user.XXXXXX")
groups=()
clean_up() {
    local group
    for group in "${groups[@]}"; do find "$group" -depth -type d -exec rmdir {} +; done
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
chmod 755 "$work"
{ cat /etc/passwd && echo "tester:x:$MINCS_TEST_USER:$MINCS_TEST_USER::$work:/bin/bash"; } >"$work/passwd"
[ "$MINCS_TEST_IDS" = alone ] || echo tester:500000:65536 >"$work/subids"
[ -e "$work/subids" ] || : >"$work/subids"
mkdir "$work/bin" "$work/fixtures"
for tool in "$MINC" "$MARTEN" "$POLECAT" "${BREEDER:=${MINC%/*}/ermine-breeder}"; do
    printf '#!/bin/sh\nexec %s %q "$@"\n' "${as_tester[*]}" "$tool" >"$work/bin/${tool##*/}"
done
chmod 755 "$work"/bin/*
printf "DEBIAN_ROOT=%q\nBUSYBOX_ROOT=%q\n" "$DEBIAN_ROOT_OF_TESTER" "$BUSYBOX_ROOT_OF_TESTER" >"$work/fixtures/roots.env"
for fixture in registry ermine; do
    [ ! -e "$MINCS_FIXTURES/$fixture.env" ] || ln -s "$MINCS_FIXTURES/$fixture.env" "$work/fixtures/$fixture.env"
done
export MINCS_FIXTURES=$work/fixtures MINC=$work/bin/minc MARTEN=$work/bin/marten POLECAT=$work/bin/polecat
export BREEDER=$work/bin/ermine-breeder
if grep -q '^# control groups are handed over$' "$1"; then
    export MINCS_TEST_GROUP=/tester-$$
    mapfile -t mounts < <(awk '/ - cgroup2? / {print $5}' /proc/self/mountinfo | sort -u)
    for mount in "${mounts[@]}"; do
        group=$mount$MINCS_TEST_GROUP
        mkdir "$group"
        groups+=("$group")
        for file in cpuset.cpus cpuset.mems; do
            [ ! -e "$group/$file" ] || cat "$mount/$file" >"$group/$file"
        done
        chown -R "$MINCS_TEST_USER:$MINCS_TEST_USER" "$group"
    done
fi
# Distributions let everybody have it (udev's rules); a machine without udev does not.
mknod -m 666 "$work/fuse" c 10 229
unshare --mount bash -c '
    # What the host gives everybody, where it has it: a tap device, for networks.
    if [ -c /dev/net/tun ]; then
        mkdir "$1/dev" && mount -t tmpfs dev "$1/dev" && mknod -m 666 "$1/dev/tun" c 10 200 || exit 1
        mount --bind "$1/dev/tun" /dev/net/tun && umount -l "$1/dev" || exit 1
    fi
    [ ! -e /dev/fuse ] || mount --bind "$1/fuse" /dev/fuse || exit 1
    mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/subids" /etc/subuid && mount --bind "$1/subids" /etc/subgid || exit 1
    script=$2
    shift 2
    for group; do echo $$ >"$group/cgroup.procs" || exit 1; done
    exec bash "$script"' - "$work" "$1" "${groups[@]}"
