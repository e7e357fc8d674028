#!/usr/bin/env bash
# as a user, too
# Help and version go to stdout; wrong use is one error line and status 2; what is not there is status 1.
. "$(dirname "$0")/lib.sh"

expect_status 0 marten --help
expect_match "$out" 'Usage' "help"
expect_match "$out" 'Examples?:' "help"
for command in pull li lc rm rmi import tag; do
    expect_match "$out" "  $command" "help"
    expect_status 0 marten "$command" --help
    expect_match "$out" 'Examples?:' "help of $command"
    expect_eq "$err" "" "stderr of $command --help"
    run marten --help
done
expect_status 0 marten --version
expect_match "$out" '^marten [0-9]+\.[0-9]+\.[0-9]+$' "version"

wrong() {
    local want=$1
    shift
    expect_status "$want" marten "$@"
    expect_one_line_error marten
    expect_eq "$out" "" "stdout of 'marten $*'"
}
expect_status 2 marten
expect_match "$err" 'marten: error: ' "without a command"
expect_eq "$out" "" "stdout without a command"
wrong 2 no-such-command
wrong 2 --no-such-option li
wrong 2 pull
wrong 2 pull 'UPPER CASE:x'
wrong 2 li --format xml
wrong 1 rmi no-such-image
wrong 1 rm no-such-container
wrong 1 import ./no-such-directory

expect_status 0 marten li --format json
expect_eq "$(tr -d ' \n' <<<"$out")" "[]" "an empty store as JSON"
