#!/usr/bin/env bash
# as a user, too
# The same command on the same root gives the same file, bit by bit: whatever the moment, the umask, the number of
# processors, the file system, the order in which a directory lists its files, and how the trace was made.
# resource: loop
. "$(dirname "$0")/lib.sh"

export SOURCE_DATE_EPOCH=1700000000
command=(sh -c 'ls -l /etc | wc -l')
for i in 1 2; do
    mkdir "$i" && give "$i"
    polecat -o "$i/out" "$DEBIAN_ROOT" "${command[@]}" >/dev/null 2>&1
    sleep 1
done
cmp 1/out 2/out
mkdir 3 4 5 && give .
taskset -c "$(taskset -cp $$ | sed 's/.*[: ,-]//')" polecat -o 3/out "$DEBIAN_ROOT" "${command[@]}" >/dev/null 2>&1
cmp 1/out 3/out
(
    umask 077
    POLECAT_TRACER=ptrace polecat --no-verify -o 4/out "$DEBIAN_ROOT" "${command[@]}" >/dev/null 2>&1
)
cmp 1/out 4/out
expect_eq "$(stat -c %a 4/out)" 700 "the mode by umask 077"
polecat trace -o t "$DEBIAN_ROOT" "${command[@]}" >/dev/null 2>&1
TZ=Asia/Tokyo polecat pack --no-verify --trace t -o 5/out "$DEBIAN_ROOT" "${command[@]}" >/dev/null 2>&1
cmp 1/out 5/out

# A copy of the root made backwards, on another file system: tmpfs lists the newest file first.
unset SOURCE_DATE_EPOCH
copy=$(mktemp -d /dev/shm/polecat-test.XXXXXX)
remove_copy() {
    local status=$?
    trap - ERR
    set +e
    rm -rf --one-file-system "$copy"
    return "$status"
}
trap 'remove_copy; clean_up' EXIT
backwards() { (cd "$BUSYBOX_ROOT" && find . -depth -print0 | sort -rz | tar -c --null --no-recursion -T - | tar -x -C "$copy"); }
backwards
for root in "$BUSYBOX_ROOT" "$copy"; do
    polecat -o "from-${root##*/}" "$root" sh -c 'ls -lR /etc /bin | wc -l; cat /etc/*' >/dev/null 2>&1
done
order=same
diff -q <(ls -U "$BUSYBOX_ROOT/bin") <(ls -U "$copy/bin") >/dev/null || order=another
expect_eq "$order" another "the order in which the copy lists its files"
cmp "from-${BUSYBOX_ROOT##*/}" "from-${copy##*/}"

# And the files' own times without SOURCE_DATE_EPOCH.
polecat -o plain "$DEBIAN_ROOT" stat -c %Y /etc/os-release >made 2>/dev/null
expect_status 0 ./plain
expect_eq "$out" "$(cat made)" "a file's time in the bundle"
