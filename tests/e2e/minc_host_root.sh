#!/usr/bin/env bash
# as a user, too
# Without -r the root is the host's own under an overlay: commands work, changes are gone afterwards.
. "$(dirname "$0")/lib.sh"

canary=$(mktemp /var/tmp/mincs-canary.XXXXXX)
trap 's=$?; rm -f "$canary"; (exit $s); clean_up' EXIT
echo before >"$canary"
[ -z "${MINCS_TEST_USER:-}" ] || chown "$MINCS_TEST_USER:$MINCS_TEST_USER" "$canary"
expect_status 0 minc ps
expect_match "$out" "PID" "ps"
expect_status 0 minc sh -c "echo after >'$canary'; cat '$canary'; rm '$canary'; touch '$canary.new'; ls '$canary.new'"
expect_match "$out" "^after" "what the container sees"
expect_eq "$(cat "$canary")" before "the host's file"
[ ! -e "$canary.new" ] || fail "a file made in the container appeared on the host"
expect_status 0 minc -r host cat "$canary"
expect_eq "$out" before

# What is kept is what changed, and it is there again.
expect_status 0 minc -k --name kept sh -c "echo new >/var/tmp/mincs-test; echo after >'$canary'"
[ ! -e /var/tmp/mincs-test ] || fail "a kept file appeared on the host"
expect_status 0 minc -t kept cat /var/tmp/mincs-test "$canary"
expect_eq "$out" "new
after"
expect_match "$(marten diff kept)" "A /var/tmp/mincs-test"
expect_no_match "$(marten diff kept)" "C /(home|srv|boot)"

# What minc sets for itself is no matter of the command's.
expect_status 0 minc env
expect_no_match "$out" "MINCS_STORE_OF_USER"
