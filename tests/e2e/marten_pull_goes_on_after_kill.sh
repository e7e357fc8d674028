#!/usr/bin/env bash
# as a user, too
# A pull that is killed at any moment costs no more than 4 MiB of each layer: the next one goes on from there, by closed
# ranges, and what it makes of it is whole.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

# Three layers that hardly compress, fetched at once.
start_own_registry
layers=()
for i in 1 2 3; do
    mkdir "tree$i" && head -c 12000000 /dev/urandom >"tree$i/file"
    tar -cf "$i.tar" -C "tree$i" .
    layers+=("$i.tar")
done
push_tars big "${layers[@]}"
start_proxy "$OWN" 12000000

kills=4
for i in $(seq $kills); do
    marten pull -q "$PROXY/big" >/dev/null 2>&1 &
    pull=$!
    track $pull
    sleep "0.$((2 + RANDOM % 4))"
    kill -KILL $pull 2>/dev/null || true
    wait $pull 2>/dev/null || true
done
partial=$(find "$MINCS_DIR/partial" -type f -size +0 | wc -l)
[ "$partial" = 3 ] || fail "$partial layers were kept instead of 3"
expect_status 0 marten pull -q "$PROXY/big"
expect_whole_store
expect_eq "$(find "$MINCS_DIR/partial" -type f)" "" "what is left of the parts"

# What the proxy sent of each layer, beyond the layer itself, was lost with a kill.
wait_until 20 test "$(proxied '/blobs/.* 20[06] [0-9]{6,}$' | awk '{print $2}' | sort -u | wc -l)" = 3
for path in $(proxied '/blobs/.* 20[06] [0-9]{6,}$' | awk '{print $2}' | sort -u); do
    size=$(stat -c %s "$(blob_file "${path##*/}")")
    twice=$(($(proxied_bytes "$path") - size))
    [ $twice -le $((kills * 4194304)) ] || fail "$twice bytes of $path were fetched twice"
    [ $twice -le $((kills * 1048576)) ] || echo "note: $twice bytes of $path were fetched twice"
    expect_match "$(proxied "$path" | tail -n 1)" "bytes=[1-9][0-9]*-$((size - 1)) 206" "the last request is a closed range"
done
for i in 1 2 3; do
    cmp "tree$i/file" "$(find "$MINCS_DIR/layers" -name file -size -12000001c -exec cmp -s {} "tree$i/file" \; -print)"
done
stop_own_registry
