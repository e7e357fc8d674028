#!/usr/bin/env bash
# not as a user: in the guest there is root alone
# Limits and pausing with control groups of version 2 alone, under a kernel of a machine's own, as the host may have
# its controllers in version 1; also where processes stand in the way, as those of a group have to leave it before the groups
# below it get a controller (cgroups(7), "no internal processes").
# timeout: 300
. "$(dirname "$0")/lib.sh"
needs_guest "$(uname -m)"

# shellcheck disable=SC2016
cat >guest.sh <<'EOF2'
set -e
tree=/sys/fs/cgroup
say() { echo "$1: $(tr '\n' ' ')"; }
limited() {
    id=$("$MINC" --mem-limit 64m --pid-max 20 --cpu-quota 50000 --name "$1" -B -r "$BUSYBOX_ROOT" sleep 1000)
    group=$tree/mincs/$id
    cat "$group/memory.max" "$group/pids.max" "$group/cpu.max" | say "$1's limits"
}
case $1 in
top)
    mount -t cgroup2 none $tree
    limited top
    mkdir $tree/box
    echo 0 >$tree/box/cgroup.procs
    echo "+memory +pids +cpu" >$tree/cgroup.subtree_control
    exec unshare --cgroup --mount sh "$0" box
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
    -e BUSYBOX_ROOT="$BUSYBOX_ROOT" -e PATH="$PATH" sh "$SCRATCH/guest.sh" top
for place in top box; do
    expect_match "$out" "$place's limits: 67108864 20 50000 100000" "$place"
done
expect_match "$out" 'in the way: [1-9]'
expect_match "$out" 'still in the way: 0'
expect_match "$out" 'paused: 1'
expect_match "$out" 'moved: [1-9]'
expect_no_match "$out" 'is left'
