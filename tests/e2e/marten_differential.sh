#!/usr/bin/env bash
# not as a user: podman's and umoci's trees are root's
# marten, podman and umoci make the same trees of the same images: every name, type, mode, owner, size, time, link,
# attribute and content.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/trees.sh"
for tool in podman umoci; do command -v "$tool" >/dev/null || skip "there is no $tool"; done

# podman puts an image's layers on a root directory of its own; its mode and time are nothing of the image's.
podman_differences() { differences "$SCRATCH/marten" "$podman_root" | grep -v '^[<>] entry|\.|directory|' || true; }

for image in test/layers test/zstd library/debian; do
    layout=$SCRATCH/layout
    skopeo copy --quiet --insecure-policy --src-tls-verify=false "docker://$REGISTRY/$image" "oci:$layout:latest"
    marten_tree "$layout"
    [ "$(find "$SCRATCH/marten" | wc -l)" -gt 100 ] || fail "$image: that is no image"
    podman_tree "$layout"
    expect_eq "$(podman_differences)" "" "$image: differences from podman"
    # umoci 0.4 knows no zstd.
    if [ "$image" != test/zstd ]; then
        umoci_tree "$layout"
        expect_eq "$(differences "$SCRATCH/marten" "$SCRATCH/umoci/rootfs")" "" "$image: differences from umoci"
    fi
    remove_trees
    rm -r "$layout"
done
