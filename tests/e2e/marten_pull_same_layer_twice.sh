#!/usr/bin/env bash
# as a user, too
# Images with the same layer twice, with an empty layer, and with more layers than a mount option of one page holds.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

start_own_registry
tar -cf root.tar -C "$BUSYBOX_ROOT" .
tar -cf empty.tar --files-from /dev/null
tars=(root.tar empty.tar)
for i in $(seq 127); do
    mkdir -p "layer$i/many"
    echo "$i" | tee "layer$i/many/$i" >"layer$i/top"
    tar -cf "layer$i.tar" -C "layer$i" many top
    tars+=("layer$i.tar")
done
tars+=(layer1.tar empty.tar)
push_tars many "${tars[@]}"

expect_status 0 marten pull -q "$OWN/many"
expect_whole_store
expect_eq "$(ls "$MINCS_DIR/layers" | wc -l)" 129 "layers"
expect_status 0 minc --rm -r many cat top
expect_eq "$out" 1 "the uppermost file"
expect_status 0 minc --rm -r many sh -c 'ls many | wc -l'
expect_eq "$out" 127 "files of all layers together"
stop_own_registry
