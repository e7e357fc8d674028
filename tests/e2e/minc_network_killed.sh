#!/usr/bin/env bash
# not as a user: root's bridges and interfaces; minc_user_network.sh is the user's
# kill -9 of minc leaves nothing of a container's network: its helper sees to that. Killed together with the helper, the next
# container, or gc, removes what is left: no port leads to whoever has the dead one's address.
. "$(dirname "$0")/fixtures/network.sh"

own_namespace=$(readlink /proc/self/ns/net)
helpers() {
    local pid
    for pid in $(pgrep -x minc-dens); do
        [ "$(readlink "/proc/$pid/ns/net")" != "$own_namespace" ] || echo "$pid"
    done
}
supervisor() { sed -n '1s/^[0-9]* [0-9]* \([0-9]*\) .*/\1/p' "$MINCS_DIR/containers/$1/lock"; }
no_table() { ! nft list table inet mincs >/dev/null 2>&1; }

id=$(minc -B --name web --net dens -p 8080:80 -r "$DEBIAN_ROOT" -b "$HOME:/net:ro" python3 /net/serve.py)
wait_until 20 serves web
expect_match "$(ask 127.0.0.1 8080)" '^web tcp'
kill -KILL "$(supervisor "$id")"
wait_until 20 as_before
expect_status 0 marten start web
is_served() { [[ $(ask 127.0.0.1 8080 2>/dev/null) =~ ^web\ tcp ]]; } # the port is free again
wait_until 20 is_served

# Both at once; stopped first, as each clears away when it sees the other's end.
kill_both() {
    local both
    expect_match "$(helpers)" "^[0-9]+$" "helpers"
    both="$(helpers) $(supervisor "$id")"
    kill -STOP $both
    kill -KILL $both
}
kill_both
expect_match "$(nft list map inet mincs ports4)" 8080 "what was left, else nothing is tested here"
server next --net dens
expect_no_match "$(nft list map inet mincs ports4)" 8080 "rules of the dead"
expect_no_match "$(marten exec next cat /etc/hosts)" web
marten stop -T 0 next >/dev/null
no_leftovers

marten start web >/dev/null
wait_until 20 is_served
kill_both
no_pairs() { ! ip -o link | grep -q ' minc-'; }
wait_until 20 no_pairs
ip link show mincbr0 >/dev/null || fail "no bridge was left: what is tested here?"
expect_match "$(minc doctor)" $'\n''limited +networks .*; 1 bridges are up, 1 tables of rules are there; 1 addresses of containers that were killed'
expect_status 0 marten gc
expect_match "$(minc doctor)" $'\n''ok +networks .*; 0 bridges are up, 0 tables of rules are there'
as_before || no_leftovers
expect_eq "$(marten network inspect dens | jq '.[0].containers | length')" 0

# In the foreground, and by every signal that ends it.
for signal in KILL TERM HUP; do
    minc --rm --net dens -p 8081:80 -r "$BUSYBOX_ROOT" sh -c 'echo up; sleep 1000' >said &
    pid=$!
    track $pid
    wait_until 20 grep -q up said
    kill -$signal $pid
    wait $pid || true
    : >said
    no_leftovers
done
# What fails before the command leaves nothing either.
expect_status 127 minc --rm --net dens -p 8081:80 -r "$BUSYBOX_ROOT" nonsense
expect_status 125 minc --rm --start-hook 'exit 1' --net dens -p 8081:80 -r "$BUSYBOX_ROOT" true
no_leftovers
