#!/usr/bin/env bash
# not as a user: in the guest there are root and a user of its own
# Limits and pausing with control groups of version 2 alone, under a kernel of a machine's own, as the host may have its
# controllers in version 1; for root, and for a user to whom a group is handed over as systemd does it; also where
# processes stand in the way, as those of a group have to leave it before the groups below it get a controller
# (cgroups(7), "no internal processes").
# timeout: 300
. "$(dirname "$0")/lib.sh"
needs_guest "$(uname -m)"

# shellcheck disable=SC2016
cat >guest.sh <<'EOF2'
set -e
tree=/sys/fs/cgroup
say() { echo "$1: $(tr '\n' ' ')"; }
limits="--mem-limit 64m --pid-max 20 --cpu-quota 50000"
limited() {
    id=$("$MINC" $limits --name "$1" -B -r "$BUSYBOX_ROOT_OF_TESTER" sleep 1000)
    group=$(find $tree -type d -name "$id")
    cat "$group/memory.max" "$group/pids.max" "$group/cpu.max" | say "$1's limits"
}
case $1 in
top)
    mount -t cgroup2 none $tree
    limited top
    as_user="setpriv --reuid 23456 --regid 23456 --clear-groups env MINCS_DIR=/store/user HOME=/store/user"
    mkdir -m 777 /store/user
    $as_user "$MINC" $limits -r "$BUSYBOX_ROOT_OF_TESTER" true 2>&1 | say "not handed over" || true
    mkdir $tree/handed
    echo "+memory +pids +cpu" >$tree/cgroup.subtree_control
    chown 23456 $tree/handed $tree/handed/cgroup.procs $tree/handed/cgroup.threads $tree/handed/cgroup.subtree_control
    cp "$0" /store/guest.sh
    sh -c "echo 0 >$tree/handed/cgroup.procs; exec $as_user sh /store/guest.sh handed"
    mkdir $tree/box
    echo 0 >$tree/box/cgroup.procs
    echo "+memory +pids +cpu" >$tree/cgroup.subtree_control
    exec unshare --cgroup --mount sh "$0" box
    ;;
handed)
    wc -w <$tree/handed/cgroup.procs | say "in the user's way"
    limited handed
    "$MARTEN" pause handed >/dev/null
    say "the user's paused" <"$group/cgroup.freeze"
    "$MARTEN" unpause handed >/dev/null
    "$MARTEN" rm -f handed >/dev/null
    [ ! -e "$group" ] || echo "the user's group is left"
    wc -w <$tree/handed/cgroup.procs | say "still in the user's way"
    ;;
box)
    umount $tree
    mount -t cgroup2 none $tree
    wc -w <$tree/cgroup.procs | say "in the way"
    limited box
    "$MARTEN" pause box >/dev/null
    say "paused" <"$group/cgroup.freeze"
    "$MARTEN" rm -f box >/dev/null
    [ ! -e "$group" ] || echo "its group is left"
    wc -w <$tree/cgroup.procs | say "still in the way"
    wc -w <$tree/mincs-others/cgroup.procs | say "moved"
    ;;
esac
EOF2
expect_status 0 minc --qemu --privileged --tmpfs /store -e MINCS_DIR=/store -e MINC="$MINC" -e MARTEN="$MARTEN" \
    -e BUSYBOX_ROOT_OF_TESTER="$BUSYBOX_ROOT_OF_TESTER" -e PATH="$PATH" sh "$SCRATCH/guest.sh" top
for place in top handed box; do
    expect_match "$out" "$place's limits: 67108864 20 50000 100000" "$place"
done
expect_match "$out" 'not handed over: minc: error: .* hint: '
expect_match "$out" "in the user's way: [1-9]"
expect_match "$out" "the user's paused: 1"
expect_match "$out" "still in the user's way: 0"
expect_match "$out" 'in the way: [1-9]'
expect_match "$out" 'still in the way: 0'
expect_match "$out" 'paused: 1'
expect_match "$out" 'moved: [1-9]'
expect_no_match "$out" 'is left'
