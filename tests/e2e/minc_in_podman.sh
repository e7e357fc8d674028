#!/usr/bin/env bash
# as a user with lent IDs, too
# timeout: 300
# minc and marten in a container of podman's, root's or an ordinary user's: for an ordinary user in there with podman's default options,
# for root with one capability more, and three deep in one that is privileged. What is missing elsewhere is said in one line.
. "$(dirname "$0")/lib.sh"
command -v podman >/dev/null || skip "podman is not installed"

mkdir -p tools podman/home podman/runtime
as_caller=() rootless=() user_inside=1234
if [ -n "${MINCS_TEST_USER:-}" ]; then
    as_caller=(setpriv --reuid "$MINCS_TEST_USER" --regid "$MINCS_TEST_USER" --clear-groups)
    as_caller+=(env HOME=/mnt/home XDG_RUNTIME_DIR=/mnt/runtime)
    rootless=(--cgroups disabled)
    user_inside=$((500000 + 1234 - 1)) # of the IDs that as_user.sh lends; root in there is the caller
    chmod 700 podman/runtime
    give podman
fi
cp "$build/bin/minc" "$build/bin/marten" tools
cp -a "$BUSYBOX_ROOT" inner
chown -hR $user_inside:$user_inside inner

# in_podman OPTION... -- COMMAND...: crun refuses a host with a control group tree of either version, so it does not see the newer
# one; it may not have higher limits than are here; and podman wants its places short.
in_podman() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    unshare --mount bash -c '[ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified; mount --bind podman /mnt && exec "$@"' - \
        "${as_caller[@]}" timeout -k 5 100 podman --root /mnt/root --runroot /mnt/run --tmpdir /mnt/tmp --storage-driver vfs \
        run "${rootless[@]}" --rm --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network host --volume "$SCRATCH/tools:/opt:ro" \
        --volume /usr:/usr:ro --volume "$SCRATCH/inner:/inner:ro" --tmpfs /var/lib/mincs --tmpfs /home:mode=1777 --env HOME=/home \
        --env PATH=/opt:/usr/bin:/bin "${options[@]}" --rootfs "$DEBIAN_ROOT:O" "$@"
}
# An ordinary user's podman leaves a process behind that keeps its namespaces, and its locks.
end_podman() {
    find podman -name pause.pid -exec cat {} + | xargs -r kill
    rm -f "/dev/shm/libpod_rootless_lock_${MINCS_TEST_USER:-}"
}
trap 's=$?; end_podman; (exit $s); clean_up' EXIT
run in_podman -- true
[ "$status" = 0 ] || skip "podman runs no container here: $err"

life='marten import -q /inner base >/dev/null && minc --name work -r base sh -c "id -u; echo hi >/made; rm /bin/ls" && marten diff work &&
    marten commit -q work mine >/dev/null && minc --rm -r mine cat /made && minc -t work sh -c "exit 7"'
lived=$'0\nC /bin\nD /bin/ls\nA /made\nhi'

# ---- an ordinary user ----
expect_status 7 in_podman --user 1234 -- sh -c "$life"
expect_eq "$out" "$lived" "a user's"
expect_match "$err" "^minc: warning: setting the host name '[^']*': Operation not permitted, so the container has the outer one's"
expect_status 0 in_podman --user 1234 -- minc --net none -r /inner sh -c 'ls /proc/self/fd >/dev/null && echo >/dev/null && cat /proc/net/dev | wc -l'
expect_eq "$out" 3 "lines of its own network"

# ---- root ----
expect_status 125 in_podman -- minc -r /inner true
expect_one_line_error minc
expect_match "$err" "cloning a process: Operation not permitted.*hint: namespaces take CAP_SYS_ADMIN"
for options in "--cap-add SYS_ADMIN" "--cap-add SYS_ADMIN --cap-add MKNOD"; do
    expect_status 7 in_podman $options -- sh -c "$life"
    expect_eq "$out" "$lived" "root's with $options"
    expect_eq "$err" ""
done
expect_status 0 in_podman --cap-add SYS_ADMIN -- minc -r /inner sh -c 'head -c 3 /dev/zero | wc -c; echo 1 >/dev/full || echo full; [ ! -e /dev/kmsg ]'
expect_match "$out" $'^3\nfull$'

# ---- three deep ----
below=(--privileged --tmpfs /var/lib/mincs -b /opt/minc:/bin/minc -b /inner:/inner:ro -r /inner)
innermost=(minc -r /inner sh -c 'cat /proc/1/cmdline | tr "\0" " " | cut -c1-5 && exit 7')
expect_status 7 in_podman --privileged -- minc "${below[@]}" "${innermost[@]}"
expect_eq "$out" "sh -c" "pid 1, three deep"
