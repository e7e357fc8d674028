#!/usr/bin/env bash
# as a user, too
# under user-mode Linux, too
# --tmpfs: memory of the container's own, with docker's options and defaults, below which a bind mount still shows.
. "$(dirname "$0")/lib.sh"

run_there() { expect_status 0 minc -r "$BUSYBOX_ROOT" "$@"; }
run_there --tmpfs /new/scratch sh -c 'touch /new/scratch/file && stat -c %a /new/scratch && cat /proc/self/mounts'
expect_match "$out" "^1777"$'\n' "the mode"
expect_match "$out" " /new/scratch tmpfs rw,nosuid,nodev,noexec," "the mount"
[ ! -e "$BUSYBOX_ROOT/new" ] || fail "something is left in the root"
run_there --tmpfs /scratch:mode=750,rw stat -c %a /scratch
expect_eq "$out" 750 "the mode that was asked for"
expect_status 1 minc -r "$BUSYBOX_ROOT" --tmpfs /scratch:size=1m dd if=/dev/zero of=/scratch/x bs=1k count=2000
expect_match "$err" "No space left" "more than its size"
run_there --tmpfs /scratch:exec sh -c 'cp /bin/busybox /scratch/true && /scratch/true'
expect_status 126 minc -r "$BUSYBOX_ROOT" --tmpfs /scratch sh -c 'cp /bin/busybox /scratch/true && /scratch/true'
expect_status 1 minc -r "$BUSYBOX_ROOT" --tmpfs /scratch:ro touch /scratch/x
mkdir shown && echo yes >shown/file
give shown
run_there -b "$PWD/shown:/scratch/shown" --tmpfs /scratch cat /scratch/shown/file
expect_eq "$out" yes "a bind mount below it"

expect_status 1 minc --cidfile id -k -r "$BUSYBOX_ROOT" -b "$PWD/shown:/scratch/a/b" -b "$PWD/shown/file:/scratch/file:ro" --tmpfs /scratch sh -c '
    echo made >/scratch/a/b/made; cat /scratch/file; echo no >/scratch/file'
expect_eq "$out$(cat shown/file shown/made)" "yesyes"$'\n'made "what was bound"
expect_match "$err" "Read-only file system" "a file bound to be read"
expect_status 0 marten diff "$(cat id)"
expect_eq "$out" "" "what is left of it in the root"

for wrong in relative /x:size /x:uid=5 /x:; do
    expect_status 2 minc -r "$BUSYBOX_ROOT" --tmpfs "$wrong" true
    expect_one_line_error minc
done
