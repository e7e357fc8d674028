#!/usr/bin/env bash
# in a machine, too
# as a user, too
# Arguments arrive byte for byte: blanks, newlines, quotes, globs, empty ones and no UTF-8.
. "$(dirname "$0")/lib.sh"

args=('a b' '' $'new\nline' '*' '$HOME' "it's" '"x"' '\' $'\xff\xfe' '--help' '-r')
printf '%s\0' "${args[@]}" >want
minc -r "$BUSYBOX_ROOT" /bin/printf '%s\0' "${args[@]}" >got
cmp want got || fail "arguments differ"
minc -r "$BUSYBOX_ROOT" -- /bin/printf '%s\0' "${args[@]}" >got
cmp want got || fail "arguments differ after --"
# More than the kernel takes is an error, not a crash.
expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'echo $#' - $(seq 1 5000)
expect_eq "$out" 5000
