#!/usr/bin/env bash
# as a user with lent IDs, too
# What an interrupted pull kept of a layer serves every image that has it. Kept bytes that are wrong are thrown away, and
# the layer is fetched from its beginning, once.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

start_own_registry
mkdir tree && head -c 4000000 /dev/urandom >tree/file
tar -cf shared.tar -C tree file
push_tars first shared.tar
echo x >tree/more
tar -cf more.tar -C tree more
push_tars second more.tar shared.tar
start_proxy "$OWN" 4000000
has_kept() { [ -n "$(find "$MINCS_DIR/partial" -type f -size +500k 2>/dev/null)" ]; }
# requests for the big layer: ranges, in their order
ranges() { proxied '/blobs/.* [0-9]{6,}$' | awk '{print $3}' | xargs; }

marten pull -q "$PROXY/first" >/dev/null 2>err &
pull=$!
track $pull
wait_until 20 has_kept
kill -TERM $pull
wait $pull || expect_eq $? 143
expect_eq "$(marten li | wc -l)" 1 "lines of li"
part=$(find "$MINCS_DIR/partial" -type f)
size=$(stat -c %s "$part")
expect_status 0 marten pull -q "$PROXY/second"
expect_whole_store
wait_until 20 test "$(ranges | wc -w)" = 2
expect_match "$(ranges)" "^- bytes=$size-[0-9]+\$" "what was asked for of the big layer"

# The same with bytes that are not the layer's.
expect_status 0 marten rmi "$PROXY/second"
head -c 1000000 /dev/urandom >"$part"
give "$part"
rm proxy/log
expect_status 0 marten pull -q "$PROXY/first"
expect_whole_store
expect_match "$(ranges)" "-\$" "the last request for it"
[ "$(ranges | wc -w)" -le 2 ] || fail "it was fetched more than once from its beginning: $(ranges)"
expect_eq "$(find "$MINCS_DIR/partial" -type f)" "" "what is left of the parts"
stop_own_registry
