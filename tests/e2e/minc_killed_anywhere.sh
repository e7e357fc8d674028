#!/usr/bin/env bash
# not as a user: hours, or every system call: nothing in it depends on the user
# Killed at any system call, minc leaves nothing: a few points of those that scripts/test-kill tries all. Alone, as a killed
# one leaves control groups until the next gc, which other tests would take for their own.
# serial
# timeout: 300
exec bash "$(dirname "$0")/crash/kill.sh" short,limits,named,background,background-limits,hooks "${POINTS:-3}"
