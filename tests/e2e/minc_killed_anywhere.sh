#!/usr/bin/env bash
# as a user, too
# Killed at any system call, minc leaves nothing: a few points of those that scripts/test-kill tries all. Alone, as a killed
# one leaves control groups until the next gc, which other tests would take for their own.
# serial
# timeout: 300
scenarios=short,named,background,hooks
[ -n "${MINCS_TEST_USER:-}" ] || scenarios+=,limits,background-limits
exec bash "$(dirname "$0")/crash/kill.sh" "$scenarios" "${POINTS:-3}"
