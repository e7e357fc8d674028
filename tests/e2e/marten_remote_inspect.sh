#!/usr/bin/env bash
# as a user, too
# What a registry has is told without fetching it: tags, the platforms of an index, layers, config, and the documents
# byte for byte.
. "$(dirname "$0")/lib.sh"

expect_status 0 marten tags "$REGISTRY/test/layers"
expect_eq "$out" latest "tags"
expect_status 0 marten tags --format json "$REGISTRY/test/layers"
expect_eq "$(tr -d ' \n' <<<"$out")" '[{"tag":"latest"}]' "tags as JSON"
expect_status 0 marten tags --format 'x={tag}' "$REGISTRY/test/layers"
expect_eq "$out" x=latest "tags as lines"
expect_status 2 marten tags "$REGISTRY/test/layers:latest"
expect_status 1 marten tags "$REGISTRY/no/such"
expect_one_line_error marten

raw() { skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/$1" | sha256sum; }
for name in test/index test/layers; do
    expect_status 0 marten remote inspect --raw "$REGISTRY/$name"
    expect_eq "$(sha256sum <"$SCRATCH/.out")" "$(raw $name)" "$name byte for byte"
done

expect_status 0 marten remote inspect --platform linux/arm64 "$REGISTRY/test/index"
member() { python3 -c "import json, sys; print(json.load(open('$SCRATCH/.out'))$1)"; }
expect_eq "$(member "['name']")" "$REGISTRY/test/index:latest" name
expect_eq "$(member "['digest']")" "sha256:$(raw test/index | cut -d' ' -f1)" digest
expect_eq "$(member "['config']['config']['Labels']['which']")" arm64 "the config"
expect_match "$(member "['platforms']")" "linux/arm64/v8" "platforms"
expect_match "$(member "['manifest']['layers'][0]['size']")" '^[0-9]+$' "a layer's size"
expect_status 1 marten remote inspect --platform linux/s390x "$REGISTRY/test/index"
expect_one_line_error marten
expect_status 1 marten remote inspect "$REGISTRY/no/such"
expect_one_line_error marten
[ ! -e "$MINCS_DIR" ] || fail "it made a store"
