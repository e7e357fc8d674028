#!/usr/bin/env bash
# not as a user: hours, or every system call: nothing in it depends on the user
# Killed, or refused by a full or failing disk, at any change of the disk, marten leaves a whole store: a few points of
# those that scripts/test-crash tries all.
# timeout: 300
exec bash "$(dirname "$0")/crash/crash.sh" pull,import,rmi,gc,repair kill,ENOSPC,EIO "${POINTS:-3}"
