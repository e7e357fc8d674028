#!/usr/bin/env bash
# An ordinary user's minc, its helpers, the keeper of his networks or their way out, killed at any system call: no process and
# no lease is left, and the next container has its network.
# as a user, only
# timeout: 300
. "$(dirname "$0")/fixtures/network.sh"
command -v pasta >/dev/null || skip "pasta is not installed"
kill_at=${KILL_AT:-$build/bin/kill_at}
[ -x "$kill_at" ] || skip "kill_at is not built"

# Whatever of this test's a user's process is: all have its PATH.
left() {
    local pid
    for pid in $(pgrep -u "$MINCS_TEST_USER"); do
        ! grep -qsF "${MINC%/*}" "/proc/$pid/environ" || cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' ' '
    done
}
nobody_left() { [ -z "$(left)" ]; }
command=(minc --rm --net dens -p 8080:80 -r "$BUSYBOX_ROOT" true)

"$kill_at" 1000000 "${command[@]}" >calls
calls=$(tail -n 1 calls)
[ "$calls" -gt 500 ] || fail "only $calls system calls"
step=$((calls / ${POINTS:-6}))
for ((at = 1 + RANDOM % step; at <= calls; at += step)); do
    run "$kill_at" "$at" "${command[@]}"
    wait_until 20 nobody_left
    expect_status 0 "${command[@]}"
    expect_eq "$(marten network inspect dens | jq '.[0].containers | length')" 0 "leases after a kill at $at of $calls"
done
wait_until 20 nobody_left
no_leftovers
