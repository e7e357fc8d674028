#!/usr/bin/env bash
# as a user, too
# A container for another machine in the background: exec, stop, start and -t have its programs run as well.
. "$(dirname "$0")/lib.sh"

minc -B --name box --cross arm64 -r "$ARM_ROOT" sleep 1000 >/dev/null
expect_status 6 marten exec box sh -c 'uname -m; exit 6'
expect_eq "$out" aarch64
if [ "${MINCS_TEST_IDS:-}" != alone ]; then
    expect_status 0 marten exec --user alice box id
    expect_match "$out" '^uid=1234\(alice\)'
fi
expect_status 0 marten stop box
expect_status 0 marten start box
expect_status 0 marten exec box uname -m
expect_eq "$out" aarch64
expect_status 0 marten stop box
expect_status 0 minc -t box uname -m
expect_eq "$out" aarch64
marten rm box >/dev/null
expect_eq "$(host_formats)" "$FORMATS_BEFORE" "the host's table"
