#!/usr/bin/env bash
# as a user, too
# Killed at any moment, a pull of a real image leaves a store that the next command finds whole. (marten_crash_points.sh stops it
# at every change of the disk.)
# timeout: 200
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

expect_status 0 marten pull -q "$REGISTRY/library/busybox"
busybox=$out
start=$(date +%s%N)
expect_status 0 marten pull -q "$REGISTRY/library/debian"
debian=$out
whole=$((($(date +%s%N) - start) / 1000000))
expect_status 0 marten rmi debian

for i in $(seq 6); do
    marten pull -q "$REGISTRY/library/debian" >/dev/null &
    pull=$!
    track $pull
    moment=$((i * whole / 6))
    sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
    kill -KILL $pull 2>/dev/null || true
    wait $pull 2>/dev/null || true
    # What is recorded is whole at once, before anything has cleaned up.
    for layer in $(marten li --format json | tr -d ' \n' | grep -oE '"layers":\[[^]]*\]' | hex_digits); do
        [ -d "$MINCS_DIR/layers/$layer" ] || fail "the recorded layer $layer has no directory after kill $i at $moment ms"
    done
    if [ $((i % 3)) = 0 ]; then
        expect_status 0 marten pull -q "$REGISTRY/library/debian"
        expect_eq "$out" "$debian" "the ID"
        expect_whole_store
        expect_status 0 marten rmi debian
    else
        # Any command that writes cleans up.
        expect_status 0 marten tag busybox other
        run marten rmi debian # it is there where the kill came too late
    fi
    expect_whole_store
    expect_eq "$(ls "$MINCS_DIR/layers" | wc -l)" 1 "layers left"
done
expect_status 0 marten li
expect_match "$out" "${busybox:0:12}" "the image that was there all the time"
