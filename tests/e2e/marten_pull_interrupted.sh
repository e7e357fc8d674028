#!/usr/bin/env bash
# as a user with lent IDs, too
# SIGINT and SIGTERM end a pull cleanly: status 128+N, one line, nothing left but what came of a layer.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

has_a_part() { [ -n "$(find "$MINCS_DIR/partial" -type f -size +100k 2>/dev/null)" ]; }

for signal in INT:130 TERM:143; do
    # A background job of a script has SIGINT ignored; env sets it back.
    env --default-signal=INT marten pull -q "$REGISTRY/library/debian" >out 2>err &
    pull=$!
    track $pull
    wait_until 20 has_a_part
    kill -"${signal%:*}" $pull
    status=0
    wait $pull || status=$?
    expect_eq "$status" "${signal#*:}" "status after SIG${signal%:*}"
    expect_eq "$(cat out)" "" "stdout"
    expect_eq "$(cat err)" "marten: stopped by SIG${signal%:*}: nothing was recorded" "stderr"
    expect_eq "$(ls "$MINCS_DIR/staging" "$MINCS_DIR/layers" "$MINCS_DIR/blobs/sha256" | grep -v : || true)" "" "what is left"
    has_a_part || fail "what came before SIG${signal%:*} was not kept"
    rm -r "$MINCS_DIR/partial"
done
