#!/usr/bin/env bash
# not as a user: the host's table is root's
# resource: binfmt_misc
# A kernel with the host's table only: an entry of our own is there as long as a container needs it, and no other is touched.
. "$(dirname "$0")/lib.sh"
export MINCS_BINFMT=host
# Kernels that have other tables forget the host's with its last mount.
mkdir table
mount -t binfmt_misc none table || skip "there is no binfmt_misc"
clean_table() {
    local status=$?
    trap - EXIT ERR
    set +e
    umount "$SCRATCH/table"
    (exit "$status") # what clean_up looks at
    clean_up
}
trap clean_table EXIT
before=$(ls table)

minc --cross arm64 -r "$ARM_ROOT" sh -c 'echo ready; sleep 3' >long &
pid=$!
track $pid
wait_until 10 grep -q ready long
[ -e table/mincs-aarch64 ] || fail "there is no entry: $(ls table)"
expect_match "$(cat table/mincs-aarch64)" 'flags: POF'
# A second one uses it, and leaves it to the first.
expect_eq "$(minc --cross arm64 -r "$ARM_ROOT" uname -m)" aarch64
[ -e table/mincs-aarch64 ] || fail "it went with the wrong one"
wait $pid
expect_eq "$(ls table)" "$before" "the table"
[ ! -e /run/mincs-aarch64.lock ] || fail "a lock is left"

# What a kill leaves goes with the next one.
minc --cross arm64 -r "$ARM_ROOT" sh -c 'echo ready; sleep 100' >second &
pid=$!
track $pid
wait_until 10 grep -q ready second
kill -KILL $pid
wait $pid || true
[ -e table/mincs-aarch64 ] || fail "it went with a killed one"
expect_eq "$(minc --cross arm64 -r "$ARM_ROOT" uname -m)" aarch64
expect_eq "$(ls table)" "$before" "the table"
