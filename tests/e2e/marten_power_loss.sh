#!/usr/bin/env bash
# not as a user: hours, or every system call: nothing in it depends on the user
# After a power cut at any change of the disk the store is whole, and what was said to be done is there: a few points of
# those that scripts/test-crash tries all.
# timeout: 300
exec bash "$(dirname "$0")/crash/power_loss.sh" pull,import,rmi shutdown2 "${POINTS:-2}"
