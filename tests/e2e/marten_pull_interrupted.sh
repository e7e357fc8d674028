#!/usr/bin/env bash
# SIGINT and SIGTERM end a pull cleanly: status 128+N, one line, nothing left.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

staging_has_a_blob() { [ -n "$(find "$MINCS_DIR/staging" -name 'blob-*' -size +100k 2>/dev/null)" ]; }

for signal in INT:130 TERM:143; do
    # A background job of a script has SIGINT ignored; env sets it back.
    env --default-signal=INT marten pull -q "$REGISTRY/library/debian" >out 2>err &
    pull=$!
    track $pull
    wait_until 20 staging_has_a_blob
    kill -"${signal%:*}" $pull
    status=0
    wait $pull || status=$?
    expect_eq "$status" "${signal#*:}" "status after SIG${signal%:*}"
    expect_eq "$(cat out)" "" "stdout"
    expect_eq "$(cat err)" "marten: stopped by SIG${signal%:*}: nothing unfinished was kept" "stderr"
    expect_eq "$(ls "$MINCS_DIR/staging" "$MINCS_DIR/layers" "$MINCS_DIR/blobs/sha256" | grep -v : || true)" "" "what is left"
done
