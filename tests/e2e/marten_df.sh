#!/usr/bin/env bash
# as a user, too
# df agrees with du to the byte, whatever is in the store, and says what each image has alone and what it shares.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

total() { marten df --format '{kind} {size}' >/dev/null && marten df --format json | tr -d ' \n' | grep -oE '"kind":"total"[^}]*' | grep -oE '"size":[0-9]+' | cut -d: -f2; }
expect_du() {
    sync -f "$MINCS_DIR"
    marten li >/dev/null # the database's log is there from now on
    expect_eq "$(total)" "$(du -s -B1 "$MINCS_DIR" | cut -f1)" "df's total beside du's, $1"
}

expect_status 0 marten df
expect_match "$out" '^KIND +COUNT +SIZE +RECLAIMABLE' "the heading"
expect_du "of an empty store"
expect_status 0 marten pull -q "$REGISTRY/library/busybox" "$REGISTRY/test/layers" "$REGISTRY/test/zstd"
expect_du "after pulls"
expect_status 0 minc -r busybox --name web sh -c 'dd if=/dev/zero of=/f bs=1000 count=77 2>/dev/null; ln /f /g'
expect_du "with a container"
mkdir -p "$MINCS_DIR/staging/dead/x" "$MINCS_DIR/layers/$(printf '%064d' 7)"
head -c 300000 /dev/urandom >"$MINCS_DIR/staging/dead/x/f"
expect_du "with leftovers"
expect_match "$(marten df --format '{kind} {count}')" 'unfinished 2' "leftovers counted"
expect_no_match "$(marten df | grep ^unfinished)" ' 0 B$' "leftovers are reclaimable"

# busybox and zstd have one layer in common, so neither has it alone; layers shares nothing.
sums=$(marten df --long --format json | tr -d ' \n' | grep -oE '"size":[0-9]+|"unique":[0-9]+|"shared":[0-9]+')
expect_eq "$(grep -c unique <<<"$sums")" 3 "images"
expect_eq "$(marten df --long --format '{name} {shared}' | awk '/test\/layers/ {print $2, $3}')" "0 B" "shared by nobody"
expect_no_match "$(marten df --long --format '{name} {shared}' | grep zstd)" ' 0 B$' "shared with busybox"
