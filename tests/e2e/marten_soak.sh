#!/usr/bin/env bash
# as a user, too
# Many processes at once in one store get in nobody's way: a few seconds of what scripts/test-soak does for a minute.
exec bash "$(dirname "$0")/soak/soak.sh" "${SECONDS_OF_SOAK:-5}" 8
