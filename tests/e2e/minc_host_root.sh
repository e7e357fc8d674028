#!/usr/bin/env bash
# as a user, too
# Without -r the root is the host's own under an overlay: commands work, changes are gone afterwards.
. "$(dirname "$0")/lib.sh"

canary=$(mktemp /var/tmp/mincs-canary.XXXXXX)
trap 'rm -f "$canary"; clean_up' EXIT
echo before >"$canary"
expect_status 0 minc ps
expect_match "$out" "PID" "ps"
expect_status 0 minc sh -c "echo after >'$canary'; cat '$canary'; rm '$canary'; touch '$canary.new'; ls '$canary.new'"
expect_match "$out" "^after" "what the container sees"
expect_eq "$(cat "$canary")" before "the host's file"
[ ! -e "$canary.new" ] || fail "a file made in the container appeared on the host"
expect_status 0 minc -r host cat "$canary"
expect_eq "$out" before
