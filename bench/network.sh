#!/usr/bin/env bash
# What a container's network costs: from the command line to the end of `true` on one Debian root, with the host's network, with
# none, and on a bridge, beside podman with its own; and how much iperf3 sends from one container to another over the bridge.
# Interleaved: one round runs each of them once. All of it in a network namespace of its own, which is "the host".
# usage: bench/network.sh [ROUNDS [SECONDS]]      default 100, and 5 seconds of iperf3 three times. Needs root.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
rounds=${1:-100} seconds=${2:-5}
work=$PWD/build/bench
bin=$PWD/build/release/bin
root=$work/debian-iperf3

if [ -z "${MINCS_BENCH_NETWORK:-}" ]; then
    scripts/install-deps bench
    cmake --preset release -DMINCS_BUILD_TESTS=OFF -DMINCS_BUILD_BENCH=ON >/dev/null
    cmake --build --preset release --target minc minc-dens marten >/dev/null
    mkdir -p "$work"
    scripts/build-debian-rootfs "$root" iperf3
    MINCS_BENCH_NETWORK=own exec unshare --net --mount bash "$0" "$rounds" "$seconds"
fi
# crun refuses to run where both versions of control groups are mounted; without the second one's mount it does.
[ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified
ip link set lo up
export MINCS_DIR=$work/network-store
[ -n "$("$bin/marten" li --format '{name}' | grep '/debian:')" ] || "$bin/marten" import -q "$root" debian >/dev/null
podman=(podman --root "$work/podman" --runroot "$work/podman-run")
limits=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024)
minc=("$bin/minc" --rm -r debian)
in_podman() { "${podman[@]}" run --rm "${limits[@]}" "$@"; }
clean_up() {
    "$bin/marten" rm -f anchor server >/dev/null 2>&1 || true
    "${podman[@]}" rm --force --time 0 server >/dev/null 2>&1 || true
}
trap clean_up EXIT

# The bridge is there already in the last row, and comes with each container in the one before: there is time in between for
# it to go, which does not count.
names=("minc host" "minc none" "minc dens, first" "minc dens" "podman host" "podman none" "podman bridge")
prepare() {
    case $1 in
    "minc dens, first") while ip link show mincbr0 >/dev/null 2>&1; do sleep 0.05; done ;;
    "minc dens") "$bin/minc" -B --rm --name anchor --net dens -r debian sleep 1000 >/dev/null ;;
    esac
}
run_one() {
    case $1 in
    "minc host") "${minc[@]}" true ;;
    "minc none") "${minc[@]}" --net none true ;;
    "minc dens"*) "${minc[@]}" --net dens true ;;
    podman*) in_podman --network "${1#podman }" --rootfs "$root" true ;;
    esac </dev/null
}
finish() { [ "$1" != "minc dens" ] || "$bin/marten" rm -f anchor >/dev/null; }
file_of() { echo "$work/network.${1//[ ,]/-}"; }

available=()
for name in "${names[@]}"; do
    prepare "$name"
    if run_one "$name" >"$work/output" 2>&1; then
        available+=("$name") && : >"$(file_of "$name")"
    else
        echo "$name does not run here: $(tail -n 1 "$work/output")"
    fi
    finish "$name"
done
for ((round = 1; round <= rounds; round++)); do
    for name in "${available[@]}"; do
        prepare "$name"
        sleep 0.1 # the one before may still be on its way out
        begin=$EPOCHREALTIME
        run_one "$name" >/dev/null 2>&1
        end=$EPOCHREALTIME
        echo $((${end/./} - ${begin/./})) >>"$(file_of "$name")"
        finish "$name"
    done
done
nth() { sort -n "$(file_of "$1")" | awk -v part="$2" '{value[NR] = $1} END {n = int(NR * part); print value[n < 1 ? 1 : n]}'; }
least=$(nth "minc host" 0) middle=$(nth "minc host" 0.5)
printf '%s rounds, milliseconds; more than minc host\n%-18s %8s %8s %10s %10s\n' "$rounds" "" min median min median
for name in "${available[@]}"; do
    awk -v name="$name" -v min="$(nth "$name" 0)" -v median="$(nth "$name" 0.5)" -v least="$least" -v middle="$middle" \
        'BEGIN {printf "%-18s %8.2f %8.2f %+10.2f %+10.2f\n", name, min / 1000, median / 1000, (min - least) / 1000, (median - middle) / 1000}'
done

# ---- throughput, container to container ----
mbit() { jq '.end.sum_received.bits_per_second / 1e6 | floor'; }
measure_minc() {
    local address
    "$bin/minc" -B --rm --name server --net dens -r debian iperf3 -s >/dev/null
    address=$("$bin/marten" inspect server --format '{network.address4}')
    sleep 0.5
    "${minc[@]}" --net dens iperf3 -J -t "$seconds" -c "$address" | mbit
    "$bin/marten" rm -f server >/dev/null
}
measure_podman() {
    local address
    "${podman[@]}" run --rm --detach --name server "${limits[@]}" --network bridge --rootfs "$root" iperf3 -s >/dev/null
    address=$("${podman[@]}" inspect server --format '{{.NetworkSettings.IPAddress}}')
    sleep 0.5
    in_podman --network bridge --rootfs "$root" iperf3 -J -t "$seconds" -c "$address" | mbit
    "${podman[@]}" rm --force --time 0 server >/dev/null
}
echo "iperf3, Mbit/s over the bridge: minc, podman, ratio"
for _ in 1 2 3; do
    ours=$(measure_minc)
    theirs=$(measure_podman)
    awk -v ours="$ours" -v theirs="$theirs" 'BEGIN {printf "%8d %8d %8.2f\n", ours, theirs, ours / theirs}'
done
