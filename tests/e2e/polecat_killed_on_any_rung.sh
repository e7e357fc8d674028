#!/usr/bin/env bash
# as a user, too
# On every rung, as root and as a user: kill -9 of any of a bundle's processes, its file server's among them, ends them all
# and leaves no mount.
# resource: loop
. "$(dirname "$0")/lib.sh"

polecat --no-verify -T 1 -f elf -o sleeper.run "$BUSYBOX_ROOT" sh -c 'echo up; while :; do sleep 1000; done' >/dev/null 2>&1
mkdir nodes
mount -t tmpfs -o mode=755 tmpfs nodes
trap 's=$?; set +e; umount nodes; (exit $s); clean_up' EXIT
mknod -m 666 nodes/fuse c 10 229
user=64325
as() {
    if [ "$1" = root ]; then
        exec ./sleeper.run
    else
        exec unshare --mount --propagation private bash -c 'mount --bind nodes/fuse /dev/fuse && exec "$@"' bash \
            setpriv --reuid $user --regid $user --clear-groups ./sleeper.run
    fi
}
children() { cat "/proc/$1/task/$1/children"; }

for who in root user; do
    for rung in 1 2 3; do
        [ $who.$rung != user.1 ] || continue
        # The outermost, then its children: the file server, if there is one, and the container's first process.
        for victim in 0 1 2; do
            [ $rung = 2 ] || [ $victim != 2 ] || continue
            : >said
            (POLECAT_RUNG=$rung as $who) >said 2>said.err &
            pid=$!
            track $pid
            wait_until 20 grep -q up said
            # On rung 1 there was one more at first, which read ahead.
            settled() {
                all=("$pid" $(children "$pid"))
                [ ${#all[@]} = $((rung == 2 ? 3 : 2)) ]
            }
            wait_until 10 settled || fail "rung $rung as $who has the processes ${all[*]}"
            kill -KILL "${all[$victim]}"
            status=0
            wait "$pid" || status=$?
            expect_eq "$status" 137 "the status after killing process $victim of rung $rung as $who"
            gone() {
                local process
                for process in "${all[@]}"; do [ ! -e "/proc/$process/exe" ] || return 1; done
            }
            wait_until 20 gone
            tracked=()
        done
    done
done
expect_eq "$(grep -c "polecat / \|fuse polecat" /proc/self/mountinfo || true)" 0 "mounts that are left"
