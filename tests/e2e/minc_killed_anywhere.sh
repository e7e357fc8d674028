#!/usr/bin/env bash
# as a user with lent IDs, too
# Killed at any system call, minc leaves nothing: a few points of those that scripts/test-kill tries all. Alone, as a killed
# one leaves control groups until the next gc, which other tests would take for their own.
# To whom no IDs are lent chown(2) is answered by a helper (owner_keeper.hh), which a container outlives: not with "alone".
# serial
# timeout: 300
scenarios=short,named,background,hooks
[ -n "${MINCS_TEST_USER:-}" ] || scenarios+=,limits,background-limits
exec bash "$(dirname "$0")/crash/kill.sh" "$scenarios" "${POINTS:-3}"
