#!/usr/bin/env bash
# How long a container takes from the command line to its end: minc beside bubblewrap and runc, all running `true` on the
# same Debian root. One round runs each of them once, so that what else the machine does hits all alike; minimum and
# median of all rounds are printed. "fork+exec" is what starting any program costs here; no row can be below it.
# usage: bench/start.sh [ROUNDS]      default 200. Needs root. Everything it makes is in build/bench.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
rounds=${1:-200}
work=$PWD/build/bench
bin=$PWD/build/release/bin

scripts/install-deps bench
cmake --preset release -DMINCS_BUILD_TESTS=OFF >/dev/null
cmake --build --preset release --target minc marten >/dev/null
mkdir -p "$work"
root=$work/debian
scripts/make-debian-root "$root"
export MINCS_DIR=$work/store
[ -n "$("$bin/marten" li | grep debian)" ] || "$bin/marten" import -q "$root" debian >/dev/null

# runc: its own default configuration, but without a network namespace, which the others do not make either, and without
# a terminal. It keeps no overlay: the root is the directory itself, read-only.
rm -rf "$work/bundle"
mkdir -p "$work/bundle"
(cd "$work/bundle" && runc spec)
sed -i -e "s,\"path\": \"rootfs\",\"path\": \"$root\"," -e 's/"terminal": true/"terminal": false/' \
    -e 's/^\(\s*\)"sh"$/\1"true"/' "$work/bundle/config.json"
tr -d '\n' <"$work/bundle/config.json" |
    sed 's/{[[:space:]]*"type": "network"[[:space:]]*},//' >"$work/bundle/config" &&
    mv "$work/bundle/config" "$work/bundle/config.json"

names=(fork+exec "minc image" "minc directory" bwrap runc)
run_one() {
    case $1 in
    fork+exec) /bin/true ;;
    "minc image") "$bin/minc" --rm -r debian true ;;
    "minc directory") "$bin/minc" -r "$root" true ;;
    bwrap)
        bwrap --ro-bind "$root" / --dev /dev --proc /proc --tmpfs /tmp --unshare-pid --unshare-ipc \
            --unshare-uts --hostname bench --cap-drop ALL true
        ;;
    runc) runc --root "$work/runc" run --bundle "$work/bundle" "bench-$round" ;;
    esac </dev/null
}

round=warm-up
available=()
for name in "${names[@]}"; do
    if run_one "$name" >"$work/output" 2>&1; then
        available+=("$name")
        : >"$work/times.${name// /-}"
    else
        echo "$name does not run here: $(head -n 1 "$work/output")"
    fi
done

for ((round = 1; round <= rounds; round++)); do
    for name in "${available[@]}"; do
        begin=$EPOCHREALTIME
        run_one "$name" >/dev/null
        end=$EPOCHREALTIME
        echo $((${end/./} - ${begin/./})) >>"$work/times.${name// /-}"
    done
done

median() { sort -n "$1" | awk '{value[NR] = $1} END {print value[int((NR + 1) / 2)]}'; }
reference=$(median "$work/times.minc-image")
printf '%s rounds, milliseconds\n%-16s %8s %8s %16s\n' "$rounds" "" min median "of minc image"
for name in "${available[@]}"; do
    times=$work/times.${name// /-}
    awk -v name="$name" -v min="$(sort -n "$times" | head -n 1)" -v median="$(median "$times")" -v ref="$reference" \
        'BEGIN {printf "%-16s %8.2f %8.2f %15.2fx\n", name, min / 1000, median / 1000, median / ref}'
done
