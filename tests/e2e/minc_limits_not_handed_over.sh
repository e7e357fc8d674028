#!/usr/bin/env bash
# as a user, only
# Where no control group is handed over to a user, a limit and a pause are one clear line, before anything runs.
. "$(dirname "$0")/lib.sh"

expect_status 125 minc --pid-max 50 -r "$BUSYBOX_ROOT" echo ran
expect_eq "$out" ""
expect_one_line_error minc
expect_match "$err" "no control group at '/.*' is handed over to this user"
expect_match "$err" "hint: .*(handed over|systemd-run --user --scope)"
minc -B --name box -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
expect_status 1 marten pause box
expect_one_line_error marten
expect_match "$err" "is handed over to this user"
expect_eq "$(marten lc --format '{state}')" running
expect_status 0 marten kill box
expect_status 0 minc doctor
expect_match "$out" $'\nlimited +control groups  .*no limits: .*remedy: .*Delegate=yes'
