#!/usr/bin/env bash
# not as a user: hours, or every system call: nothing in it depends on the user
# Many processes at once in one store get in nobody's way: a few seconds of what scripts/test-soak does for a minute.
exec bash "$(dirname "$0")/soak/soak.sh" "${SECONDS_OF_SOAK:-5}" 8
