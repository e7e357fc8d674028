#!/usr/bin/env bash
# resource: sleepers
# as a user, too
# When pid 1 ends, what it started in the background is gone, and minc does not wait for it.
. "$(dirname "$0")/lib.sh"

begin=$SECONDS
expect_status 3 minc -r "$BUSYBOX_ROOT" sh -c 'sleep 1002 & exit 3'
[ $((SECONDS - begin)) -lt 10 ] || fail "minc waited for a background process"
gone() { ! pgrep -f '^sleep 1002$' >/dev/null; }
wait_until 20 gone
