#!/usr/bin/env bash
# as a user, too
# Several pulls of the same image, and of another that shares a layer, at once: each succeeds, each layer is
# downloaded once.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

pulls=()
for i in 1 2 3 4; do
    name=$REGISTRY/library/busybox
    [ "$i" = 4 ] && name=$REGISTRY/test/index
    marten pull --debug "$name" >"out$i" 2>"err$i" &
    pulls+=($!)
    track $!
done
for pull in "${pulls[@]}"; do
    wait "$pull" || fail "a pull failed: $(cat err?)"
done
expect_eq "$(cat out1 out2 out3 | sort -u | wc -l)" 1 "different IDs of one image"
expect_eq "$(cat err? | grep -c 'downloading')" 1 "downloads of the layer all share"
expect_whole_store

# Removing at the same time is in nobody's way.
for i in $(seq 8); do
    marten pull -q "$REGISTRY/library/busybox" >/dev/null &
    pull=$!
    track $pull
    run marten rmi busybox
    wait $pull || fail "a pull beside an rmi failed"
done
expect_status 0 marten tag "$(cat out4)" last
expect_whole_store
