#!/usr/bin/env bash
# After a power cut at any change of the disk the store is whole, and what was said to be done is there: a few points of
# those that scripts/test-crash tries all.
# timeout: 300
exec bash "$(dirname "$0")/crash/power_loss.sh" pull,import,rmi shutdown2 "${POINTS:-2}"
