#!/usr/bin/env bash
# as a user, too
# kill -9 of a background container's supervisor ends the container; the row stays, as exited. A hangup does nothing.
. "$(dirname "$0")/lib.sh"

id=$(minc -B --name victim -r "$BUSYBOX_ROOT" sh -c 'sleep 1000 & exec sleep 1001')
read -r init _ supervisor _ <"$MINCS_DIR/containers/$id/lock"
kill -KILL "$supervisor"
gone() { [ ! -e "/proc/$init" ]; }
wait_until 20 gone
wait_until 20 sh -c "[ \"\$(marten lc --format '{state}')\" = exited ]"
expect_eq "$(grep -c "$SCRATCH" /proc/self/mountinfo || true)" 0 "mounts"
expect_status 1 marten wait victim
expect_one_line_error marten
expect_status 0 marten start victim
expect_eq "$(marten lc --format '{state}')" running "after a start"
expect_status 0 marten rm -f victim

# From a terminal that goes away.
run_in_terminal bash -c 'minc -B --name stays -r "$1" sleep 1000; kill -HUP 0' - "$BUSYBOX_ROOT" >hangup || true
expect_eq "$(marten lc --format '{state}')" running "after the hangup"
expect_status 0 marten kill stays
expect_eq "$(marten wait stays)" 137
