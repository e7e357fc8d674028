#!/usr/bin/env bash
# as a user, too
# Help and version go to stdout; wrong use is one error line and status 2.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc --help
expect_match "$out" '^Usage: minc|Usage: minc' "help"
expect_match "$out" 'Examples?:' "help"
expect_eq "$err" "" "stderr of --help"
expect_status 0 minc --version
expect_match "$out" '^minc [0-9]+\.[0-9]+\.[0-9]+$' "version"

wrong() {
    expect_status 2 minc "$@"
    expect_one_line_error minc
    expect_eq "$out" "" "stdout of 'minc $*'"
}
wrong --no-such-option
wrong -Z true
wrong -r
wrong --mem-limit lots -r "$BUSYBOX_ROOT" true
wrong -b relative -r "$BUSYBOX_ROOT" true
wrong --user no:such:user -r "$BUSYBOX_ROOT" true
expect_eq "$(ls "$MINCS_DIR/containers" 2>/dev/null)" "" "containers left by wrong use"
