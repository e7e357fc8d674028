#!/usr/bin/env bash
# as a user, too
# A full disk is one clear error; nothing of the image stays, and the store goes on working.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

mkdir small
mount -t tmpfs -o size=12m mincs-test "$SCRATCH/small"
export MINCS_DIR=$SCRATCH/small/store
expect_status 0 marten pull -q "$REGISTRY/library/busybox"
expect_status 1 marten pull -q "$REGISTRY/library/debian"
expect_one_line_error marten
expect_match "$err" 'No space left on device' "the error"
expect_match "$err" "hint: 'marten rmi" "the hint"
expect_eq "$(marten li | wc -l)" 2 "lines of li"
expect_whole_store
expect_status 0 marten rmi busybox
expect_whole_store
umount "$SCRATCH/small"
