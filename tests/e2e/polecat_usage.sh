#!/usr/bin/env bash
# as a user, too
# Help and version go to stdout; wrong use is one error line and status 2; what is not there is status 1.
. "$(dirname "$0")/lib.sh"

expect_status 0 polecat --help
expect_match "$out" 'Usage: polecat' "help"
expect_match "$out" 'Examples?:' "help"
expect_eq "$err" "" "stderr of --help"
expect_status 0 polecat --version
expect_match "$out" '^polecat [0-9]+\.[0-9]+\.[0-9]+$' "version"

wrong() {
    local want=$1
    shift
    expect_status "$want" polecat "$@"
    expect_one_line_error polecat
    expect_eq "$out" "" "stdout of 'polecat $*'"
    expect_eq "$(find . -name '*.sh')" "" "files made by 'polecat $*'"
}
wrong 2
wrong 2 "$BUSYBOX_ROOT"
wrong 2 --no-such-option "$BUSYBOX_ROOT" true
wrong 2 -T soon "$BUSYBOX_ROOT" true
wrong 2 -f zip "$BUSYBOX_ROOT" true
wrong 1 -o x.sh ./no-such-root true
wrong 1 -o x.sh "$BUSYBOX_ROOT" no-such-command
