#!/usr/bin/env bash
# kill -9 of minc, of its supervisor, of the container's first process at any system call: no process, no mount, and
# after `marten gc` no control group is left, and the store works on. The scenario "network" is for itself, in a network
# namespace of its own: no interface, rule or lease is left there.
# usage: kill.sh [SCENARIO[,SCENARIO...] [POINTS]]      default: all scenarios at every call; else so many of each
case ${1:-} in
network) . "$(dirname "$0")/../fixtures/network.sh" ;;
*) . "$(dirname "$0")/../lib.sh" ;;
esac
kill_at=${KILL_AT:-$build/bin/kill_at}
[ -x "$kill_at" ] || skip "kill_at is not built"

scenario() {
    local options
    case $1 in
    short) options=(--rm) ;;
    limits) options=(--rm --mem-limit 64m --pid-max 50) ;;
    named) options=(-k --name box --init) ;;
    background) options=(-B --rm) ;;
    background-limits) options=(-B --mem-limit 64m) ;;
    network) options=(--rm --net dens -p 8080:80 -p 8080:80/udp) ;;
    hooks) options=(--start-hook true --stop-hook true) ;;
    *) fail "no scenario $1" ;;
    esac
    # The store's name in the command's environment is what test_processes knows it by.
    command=("$MINC" "${options[@]}" --cidfile "$SCRATCH/cid" -e MINCS_DIR -r "$BUSYBOX_ROOT" "${@:2}")
}

groups_of() { find /sys/fs/cgroup -mindepth 2 -maxdepth 4 -type d -path "*/mincs/$1" 2>/dev/null || true; }
nobody_left() { # but the fixture's own, its world outside
    local left
    left=$(test_processes) || true
    [ "${left:-${outside_pid:-}}" = "${outside_pid:-}" ]
}

# In the background a container lives on when its caller is killed between the supervisor's report and telling the ID: those
# are a few calls, and it is listed and can be ended as any other.
end_survivor() {
    local try
    [[ $1 == background* ]] || return 0
    for try in $(seq 20); do
        ! nobody_left || return 0
        sleep 0.1
    done
    for id in $(marten lc --format '{id} {state}' | sed -n 's/ running$//p'); do
        survivors=$((survivors + 1))
        marten rm -f "$id" >/dev/null
    done
}

# A container outlives its minc-dens, which is a part of minc: then minc itself is killed, too.
end_without_network() {
    local try pid left
    [[ $1 == network* ]] || return 0
    for try in $(seq 20); do
        ! nobody_left || return 0
        sleep 0.1
    done
    left=$(test_processes) || true
    for pid in $left; do
        [ "$(readlink "/proc/$pid/exe")" != "$(readlink -f "$MINC")" ] || kill -KILL "$pid"
    done
    orphans=$((orphans + 1))
}

# check WHERE: after a kill there.
check() {
    local id
    end_survivor "$1"
    end_without_network "$1"
    wait_until 20 nobody_left
    [ -z "$(grep -F "$SCRATCH" /proc/self/mountinfo)" ] || fail "a mount is left after $1"
    id=$(cat cid 2>/dev/null || true)
    rm -f cid
    expect_status 0 marten gc
    [ -z "$id" ] || [ -z "$(groups_of "$id")" ] || fail "a control group is left after $1: $(groups_of "$id")"
    if [ -n "${OWN_NETWORK:-}" ]; then
        no_leftovers
        expect_eq "$(marten network inspect dens 2>/dev/null | jq '.[0].containers | length')" 0 "leases after $1"
    fi
    for id in $(marten lc --format '{id}'); do marten rm "$id" >/dev/null; done
    expect_eq "$(ls "$MINCS_DIR/containers" 2>/dev/null)" "" "containers after $1 and gc"
    expect_eq "$(find "$MINCS_DIR" -path '*/spares/*/storage' ! -path '*/left/*')" "" "spare directories in use after $1 and gc"
}

# kill_in NAME POINTS COMMAND...: a scenario with this command in the container.
kill_in() {
    local name=$1 points=$2 calls step at survivors=0 orphans=0
    scenario "$name" "${@:3}"
    name+=" (${*:3})"
    "$kill_at" 1000000 "${command[@]}" >calls # no pipe, which what outlives it would hold open
    calls=$(tail -n 1 calls)
    [ "$calls" -gt 100 ] || fail "$name: only $calls system calls"
    check "no kill"
    step=$(((calls + ${points:-$calls} - 1) / ${points:-$calls}))
    for ((at = 1 + RANDOM % step; at <= calls; at += step)); do
        run "$kill_at" "$at" "${command[@]}"
        check "$name killed at call $at of $calls"
        total=$((total + 1))
    done
    [ "$survivors" -le 10 ] || fail "$name: $survivors containers survived their callers"
    echo "$name: $calls system calls, nothing left; $orphans containers outlived their minc-dens"
}

IFS=, read -ra names <<<"${1:-short,limits,named,background,background-limits,hooks}"
total=0
for name in "${names[@]}"; do
    kill_in "$name" "${2:-}" true
    # One that would outlive its minc, up to where all wait.
    kill_in "$name" "${2:-}" sleep 1000
    scenario "$name" true
    expect_status 0 "${command[@]}"
    check "a whole run"
done
echo "points: $total"
