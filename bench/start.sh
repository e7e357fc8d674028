#!/usr/bin/env bash
# How long a container takes from the command line to its end, beside its peers, all running `true` on the same Debian root. One
# round runs each of them once, so that what else the machine does hits all alike; minimum and median of all rounds are
# printed, as milliseconds and as ratios. "fork+exec" is what starting any program costs here, "floor" what an overlay in
# namespaces costs (bench/floor.cc).
# usage: bench/start.sh [ROUNDS]      default 200. Needs root. Everything it makes is in build/bench.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
rounds=${1:-200}
work=$PWD/build/bench
bin=$PWD/build/release/bin

# crun refuses to run where both versions of control groups are mounted; without the second one's mount it does.
if [ -z "${MINCS_BENCH_MOUNTS:-}" ]; then
    scripts/install-deps bench
    cmake --preset release -DMINCS_BUILD_TESTS=OFF -DMINCS_BUILD_BENCH=ON >/dev/null
    cmake --build --preset release --target minc marten floor >/dev/null
    export MINCS_BENCH_MOUNTS=private
    exec unshare --mount bash "$0" "$rounds"
fi
[ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified

mkdir -p "$work"
root=$work/debian
scripts/build-debian-rootfs "$root"
export MINCS_DIR=$work/store
[ -n "$("$bin/marten" li --format '{name}' | grep '^debian:')" ] || "$bin/marten" import -q "$root" debian >/dev/null

# The same image with a file changed 39 times: 40 layers.
if [ -z "$("$bin/marten" li --format '{name}' | grep '^forty:')" ]; then
    "$bin/marten" tag debian forty
    for ((layer = 2; layer <= 40; layer++)); do
        "$bin/minc" -k --name layer -r forty sh -c "echo $layer >/layer-$layer"
        "$bin/marten" commit -q layer forty >/dev/null
        "$bin/marten" rm layer >/dev/null
    done
    "$bin/marten" gc >/dev/null
fi
layers_of() { # IMAGE: its directories, topmost first, as the floor takes them
    "$bin/marten" li --format json | jq -r --arg name "docker.io/library/$1:latest" --arg local "localhost/$1:latest" \
        --arg layers "$MINCS_DIR/layers/" \
        '.[] | select(.names | index($name) or index($local)) | [.layers[] | $layers + .] | reverse | join(":")'
}
one_layer=$(layers_of debian)
forty_layers=$(layers_of forty)
rm -rf --one-file-system "$work/floor"
mkdir -p "$work/floor"/{upper,work,root}

# runc's own default configuration for runc and crun, but without a network namespace, which the others do not make either, and
# without a terminal. They keep no overlay: the root is the directory itself, read-only.
rm -rf --one-file-system "$work"/bundle*
mkdir -p "$work/bundle" "$work/bundle-filtered"
(cd "$work/bundle" && runc spec)
jq --arg root "$root" '.root.path = $root | .process.terminal = false | .process.args = ["true"] |
    del(.linux.namespaces[] | select(.type == "network"))' "$work/bundle/config.json" >"$work/bundle/config" &&
    mv "$work/bundle/config" "$work/bundle/config.json"
# And with the system calls that podman allows where no capability is added.
jq --slurpfile profile /usr/share/containers/seccomp.json '.linux.seccomp = ($profile[0] | {
    defaultAction, defaultErrnoRet, architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    syscalls: [.syscalls[] | select((.includes.caps | not) and ((.includes.arches | not) or (.includes.arches | index("amd64"))) and
        ((.excludes.arches | not) or (.excludes.arches | index("amd64") | not))) |
        {names, action} + (if .args then {args} else {} end) + (if .errnoRet then {errnoRet} else {} end)]})' \
    "$work/bundle/config.json" >"$work/bundle-filtered/config.json"

names=(fork+exec floor "minc image" "floor 40 layers" "minc 40 layers" "minc directory" bwrap crun "crun, filtered" runc podman)
run_one() {
    case $1 in
    fork+exec) /bin/true ;;
    floor) "$bin/floor" "$one_layer" "$work"/floor/{upper,work,root} true ;;
    "floor 40 layers") "$bin/floor" "$forty_layers" "$work"/floor/{upper,work,root} true ;;
    "minc image") "$bin/minc" --rm -r debian true ;;
    "minc 40 layers") "$bin/minc" --rm -r forty true ;;
    "minc directory") "$bin/minc" -r "$root" true ;;
    bwrap)
        bwrap --ro-bind "$root" / --dev /dev --proc /proc --tmpfs /tmp --unshare-pid --unshare-ipc \
            --unshare-uts --hostname bench --cap-drop ALL true
        ;;
    crun) crun --root "$work/crun" run --bundle "$work/bundle" "bench-$round" ;;
    "crun, filtered") crun --root "$work/crun" run --bundle "$work/bundle-filtered" "bench-filtered-$round" ;;
    runc) runc --root "$work/runc" run --bundle "$work/bundle" "bench-$round" ;;
    podman) podman --root "$work/podman" --runroot "$work/podman-run" run --rm --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network host --rootfs "$root" true ;;
    esac </dev/null
}

round=warm-up
available=()
for name in "${names[@]}"; do
    if run_one "$name" >"$work/output" 2>&1; then
        available+=("$name")
        : >"$work/times.${name//[ ,]/-}"
    else
        echo "$name does not run here: $(head -n 1 "$work/output")"
    fi
done

for ((round = 1; round <= rounds; round++)); do
    for name in "${available[@]}"; do
        begin=$EPOCHREALTIME
        run_one "$name" >/dev/null
        end=$EPOCHREALTIME
        echo $((${end/./} - ${begin/./})) >>"$work/times.${name//[ ,]/-}"
    done
done

minimum() { sort -n "$work/times.${1//[ ,]/-}" | head -n 1; }
median() { sort -n "$work/times.${1//[ ,]/-}" | awk '{value[NR] = $1} END {print value[int((NR + 1) / 2)]}'; }
least=$(minimum "minc image")
middle=$(median "minc image")
printf '%s rounds, milliseconds; beside minc image\n%-16s %8s %8s %10s %10s\n' "$rounds" "" min median min median
for name in "${available[@]}"; do
    awk -v name="$name" -v min="$(minimum "$name")" -v median="$(median "$name")" -v least="$least" -v middle="$middle" \
        'BEGIN {printf "%-16s %8.2f %8.2f %9.2fx %9.2fx\n", name, min / 1000, median / 1000, min / least, median / middle}'
done
