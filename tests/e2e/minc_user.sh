#!/usr/bin/env bash
# in a machine, too
# as a user with lent IDs, too
# --user takes numbers and names of the root's own passwd and group, and drops all capabilities.
. "$(dirname "$0")/lib.sh"

ids() {
    expect_status 0 minc -r "$BUSYBOX_ROOT" --user "$1" sh -c 'echo $(id -u) $(id -g) $(id -G)'
    expect_eq "$out" "$2" "ids of --user $1"
}
ids 1000 "1000 0 0"
ids 1000:1001 "1000 1001 1001"
ids alice "1234 1235 1235 2000"
ids alice:friends "1234 2000 2000"
ids 1234:1235 "1234 1235 1235"
ids root "0 0 0"

expect_status 0 minc -r "$BUSYBOX_ROOT" --user alice sh -c 'grep -E "^Cap(Eff|Prm|Amb):" /proc/self/status | cut -f2 | sort -u'
expect_eq "$out" 0000000000000000 "capabilities of an ordinary user"
expect_status 2 minc -r "$BUSYBOX_ROOT" --user nobody-here true
expect_one_line_error minc
expect_match "$err" "nobody-here"
