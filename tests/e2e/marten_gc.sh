#!/usr/bin/env bash
# as a user, too
# gc takes what nothing refers to and nothing else, and tells how much; --dry-run only tells; with --all images without
# a name go, but for those that a container was made from.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

disk() { sync -f "$MINCS_DIR" && du -s -B1 --exclude 'mincs.db*' "$MINCS_DIR" | cut -f1; }
number() { tr -d ' \n' <<<"$out" | grep -oE "\{[^}]*\"kind\":\"$1\"[^}]*" | grep -oE "\"$2\":[0-9]+" | cut -d: -f2; }

expect_status 0 marten pull -q "$REGISTRY/library/busybox"
clean=$(disk)
mkdir -p "$MINCS_DIR/staging/dead/x"
head -c 300000 /dev/urandom >"$MINCS_DIR/staging/dead/x/f"
head -c 10000 /dev/urandom >"$MINCS_DIR/blobs/sha256/$(printf '%064d' 7)"
give "$MINCS_DIR"
littered=$(disk)

expect_status 0 marten gc --dry-run --format json
expect_eq "$(number total size)" $((littered - clean)) "what would go"
expect_eq "$(number unfinished count)" 2 "how many things"
expect_eq "$(disk)" "$littered" "a dry run removes nothing"
expect_status 0 marten gc --format json
expect_eq "$(number total size)" $((littered - clean)) "what went"
expect_eq "$(disk)" "$clean" "what is left"
expect_status 0 marten prune
expect_match "$out" 'total +- +0 B' "nothing is left to go"
expect_whole_store

expect_status 0 marten pull -q "$REGISTRY/test/layers" "$REGISTRY/library/debian"
expect_status 0 minc -r debian --name web true
expect_status 0 marten untag "$REGISTRY/test/layers" "$REGISTRY/library/debian"
expect_status 0 marten gc --format json
expect_eq "$(number images count)" 0 "images that go without --all"
expect_status 0 marten gc --all --format json
expect_eq "$(number images count)" 1 "images without a name and a container"
expect_eq "$(marten li --format '{name}' | sort | tr '\n' ' ')" "$REGISTRY/library/busybox:latest <none> " "images left"
expect_whole_store
