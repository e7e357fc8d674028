#!/usr/bin/env bash
# What it costs to get an image of 8 layers and about 1 GB, made of Debian packages, from a registry on the loopback
# into the form it runs in: marten beside podman, beside skopeo + umoci, and beside the floor: a shell pipeline that only
# fetches, hashes, inflates, hashes and untars, two layers at a time, and syncs once. One round runs each of them once,
# with empty stores, so that what else the machine does hits all alike. Median of wall and CPU seconds, peak memory of the
# largest single process.
# usage: bench/pull.sh [ROUNDS]      default 3. Needs root and, in build/bench, 8 GB for each round and 8 more.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/oci-layout.sh
rounds=${1:-3}
work=$PWD/build/bench
marten=$PWD/build/release/bin/marten

scripts/install-deps bench
cmake --preset release -DMINCS_BUILD_TESTS=OFF >/dev/null
cmake --build --preset release --target marten >/dev/null
mkdir -p "$work"
unset REGISTRY_AUTH_FILE DOCKER_CONFIG
export HOME=$work/home TMPDIR=$work/tmp
mkdir -p "$HOME" "$TMPDIR"

# ---- the image, once ----

packages=(golang-1.19-src libboost1.81-dev openjdk-17-jre-headless libllvm14 texlive-latex-extra emacs-common
    libreoffice-core)

make_image() {
    local layers=() package
    scripts/build-debian-rootfs "$work/debian"
    rm -rf "$work/layout"
    oci_init "$work/layout"
    layers+=("$(oci_layer "$work/layout" "$work/debian")")
    for package in "${packages[@]}"; do
        mkdir "$work/package"
        (cd "$work" && apt-get -o APT::Sandbox::User=root download -qq "$package")
        dpkg-deb -x "$work/$package"_*.deb "$work/package"
        layers+=("$(oci_layer "$work/layout" "$work/package")")
        rm -rf "$work/package" "$work/$package"_*.deb
    done
    oci_finish "$work/layout" application/vnd.oci.image.manifest.v1+json \
        $(oci_manifest "$work/layout" '"Cmd":["/bin/sh"]' amd64 "${layers[@]}")
}

address=$(scripts/local-registry start "$work/registry")
trap 'scripts/local-registry stop "$work/registry"' EXIT
image=$address/bench/large:latest
if [ ! -e "$work/registry/filled" ]; then
    OCI_GZIP_LEVEL=6 make_image
    skopeo copy --quiet --insecure-policy --dest-tls-verify=false "oci:$work/layout:latest" "docker://$image"
    touch "$work/registry/filled"
fi
blobs=http://$address/v2/bench/large/blobs
layers=$(curl -fsS --noproxy '*' -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
    "http://$address/v2/bench/large/manifests/latest" | grep -o '"digest":"[^"]*"' | tail -n +2 | cut -d'"' -f4)

# ---- the contenders; each leaves the image unpacked and on the disk below $work/store ----

one_layer() {
    local directory=$work/store/$1
    mkdir "$directory"
    curl -fsS --noproxy '*' "$blobs/$1" | tee "$directory.blob" >(openssl dgst -sha256 >"$directory.sum") |
        igzip -dc | tee >(openssl dgst -sha256 >"$directory.diff_id") | tar -x -p --numeric-owner -C "$directory"
}
export -f one_layer
export work blobs

run_one() {
    case $1 in
    floor) printf '%s\n' $layers | xargs -P 2 -I{} bash -c 'one_layer {}' && sync -f "$work/store" ;;
    marten) MINCS_DIR=$work/store/m "$marten" pull -q "$image" ;;
    podman) podman --root "$work/store/p" --runroot "$work/store/r" --storage-driver overlay pull -q --tls-verify=false "$image" ;;
    skopeo+umoci)
        skopeo copy --quiet --insecure-policy --src-tls-verify=false "docker://$image" "oci:$work/store/oci:latest" &&
            umoci unpack --image "$work/store/oci:latest" "$work/store/bundle"
        ;;
    esac </dev/null
}
export -f run_one
export layers image marten

# What was there goes away at the very end: ext4 walks around inodes that were deleted in the last minutes, one by one,
# which would cost whoever comes next several times what the whole pull does.
empty_store() {
    # podman leaves a bind mount of its own storage directory.
    { awk '{print $5}' /proc/self/mountinfo | grep -F "$work/store" || true; } | sort -r | xargs -r umount
    [ ! -e "$work/store" ] || mv "$work/store" "$(mktemp -d "$work/trash.XXXXXX")"
    mkdir "$work/store"
    sync -f "$work"
}

names=(floor marten podman skopeo+umoci)
for name in "${names[@]}"; do : >"$work/times.$name"; done
for ((round = 0; round <= rounds; round++)); do # round 0 warms the caches up
    for name in "${names[@]}"; do
        empty_store
        command time -f '%e %U %S %M' -o "$work/time" bash -c "run_one $name" >"$work/output" 2>&1 || {
            echo "$name failed: $(tail -n 3 "$work/output")" >&2
            exit 1
        }
        [ "$round" = 0 ] || tail -n 1 "$work/time" >>"$work/times.$name"
    done
done
empty_store
rm -rf --one-file-system "$work"/trash.*

median() { sort -n | awk '{value[NR] = $1} END {print value[int((NR + 1) / 2)]}'; }
wall_of() { cut -d' ' -f1 "$work/times.$1" | median; }
cpu_of() { awk '{print $2 + $3}' "$work/times.$1" | median; }
reference_wall=$(wall_of marten)
reference_cpu=$(cpu_of marten)
printf '%s rounds, medians   %10s %10s %10s %12s %12s\n' "$rounds" "wall s" "CPU s" "peak MiB" "wall/marten" "CPU/marten"
for name in "${names[@]}"; do
    awk -v name="$name" -v wall="$(wall_of "$name")" -v cpu="$(cpu_of "$name")" -v rw="$reference_wall" \
        -v rc="$reference_cpu" -v kib="$(cut -d' ' -f4 "$work/times.$name" | median)" \
        'BEGIN {printf "%-19s %10.2f %10.2f %10.1f %11.2fx %11.2fx\n", name, wall, cpu, kib / 1024, wall / rw, cpu / rc}'
done
