#!/usr/bin/env bash
# as a user, too
# A command that runs goes on where its container cannot be written down, and minc says so.
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || skip "there is no strace"

expect_status 7 strace -qq -o trace -e trace=rename -e inject=rename:error=ENOSPC \
    "$MINC" -r "$BUSYBOX_ROOT" sh -c 'sleep 0.3; exit 7'
expect_match "$err" "minc: warning: .*No space left on device, so that 'marten lc' does not know what runs"
expect_eq "$(marten lc --format '{id}')" "" "what is left"
