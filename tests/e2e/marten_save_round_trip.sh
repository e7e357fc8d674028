#!/usr/bin/env bash
# as a user, too
# pull, save in every format, rmi, import, push: each digest is what it was, so the registry gets the very manifest.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

raw() { skopeo inspect --raw --tls-verify=false "docker://$1" | sha256sum | cut -d' ' -f1; }

start_own_registry
images=(test/layers test/zstd)
marten pull -q "${images[@]/#/$REGISTRY/}" >ids
for format in docker-archive oci-archive oci; do
    expect_status 0 marten save -q -f "$format" -o "saved-$format" "${images[@]}"
    expect_eq "$out$err" "" "what save prints"
    marten rmi "${images[@]}" >/dev/null 2>&1
    expect_status 0 marten import -q "saved-$format"
    expect_eq "$out" "$(cat ids)" "IDs of what $format brought back"
    for image in "${images[@]}"; do
        expect_status 0 marten push -q "$REGISTRY/$image" "$OWN/$format/$image"
        expect_eq "$(raw "$OWN/$format/$image")" "$(raw "$REGISTRY/$image")" "the manifest of $image after $format"
        expect_eq "$out" "sha256:$(raw "$REGISTRY/$image")" "the digest that push prints"
    done
done
expect_whole_store

# The same images give the same bytes, also through a pipe.
marten save -q -o - "${images[@]}" | cmp - saved-docker-archive
