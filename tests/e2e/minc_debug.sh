#!/usr/bin/env bash
# as a user, too
# --debug tells the story step by step on stderr; stdout stays the command's.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc --debug -r "$BUSYBOX_ROOT" echo hello
expect_eq "$out" hello
[ "$(grep -c '^minc: debug: ' <<<"$err")" -ge 5 ] || fail "a short story: $err"
for word in overlay namespace /proc capabilit seccomp; do
    grep -qi "$word" <<<"$err" || fail "the story does not mention $word: $err"
done
expect_status 0 minc -r "$BUSYBOX_ROOT" echo hello
expect_eq "$err" "" "stderr without --debug"
