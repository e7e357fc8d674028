#!/usr/bin/env bash
# What a machine costs: from the command line to the end of `true` on a small root, plain, under user-mode Linux, and in qemu
# with our kernel and with the distribution's. Interleaved: one round runs each of them once. A row without its guest
# ('ermine-breeder') is left out. The last column is the time beside the first row's.
# usage: bench/machine.sh [ROUNDS]      default 10. Needs root.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
rounds=${1:-10}
work=$PWD/build/bench
bin=$PWD/build/release/bin
root=$work/busybox
kits=${MINCS_ERMINE:-${XDG_CACHE_HOME:-$HOME/.cache}/mincs/ermine}

scripts/install-deps bench
cmake --preset release -DMINCS_BUILD_TESTS=OFF -DMINCS_BUILD_BENCH=ON >/dev/null
cmake --build --preset release --target minc minc-machine minc-guest >/dev/null
mkdir -p "$root/bin" "$work/distro" "$work/build"
cp /bin/busybox "$root/bin/true"
export MINCS_DIR=$work/machine-store
for kind in distro build; do
    for kit in "$kits"/*-$kind; do [ ! -e "$kit" ] || ln -sfn "$kit" "$work/$kind/${kit##*/}"; done
done

names=("plain" "um, our kernel" "qemu microvm, our kernel" "qemu pc, our kernel" "qemu pc, Debian's kernel")
places=("" "$work/build" "$work/build" "$work/build" "$work/distro")
options=("" "--um" "--qemu --machine microvm" "--qemu" "--qemu")
guests=("" um-build x86_64-build x86_64-build x86_64-distro)

for ((round = 0; round < rounds; round++)); do
    for row in "${!names[@]}"; do
        [ -z "${guests[row]}" ] || [ -e "${places[row]}/${guests[row]}" ] || continue
        begin=$(date +%s%N)
        # shellcheck disable=SC2086
        MINCS_ERMINE=${places[row]:-/} "$bin/minc" ${options[row]} -r "$root" true </dev/null
        echo "$row $((($(date +%s%N) - begin) / 1000))"
    done
done | sort -k1,1n -k2,2n | awk -v names="$(IFS='|' && echo "${names[*]}")" '
    BEGIN { split(names, name, "|"); printf "%-28s %10s %10s %8s\n", "", "least ms", "median ms", "ratio" }
    function flush() {
        if (!n) return
        median = times[int((n + 1) / 2)]
        if (row == 0) plain = median
        printf "%-28s %10.1f %10.1f %8.1f\n", name[row + 1], times[1] / 1000, median / 1000, median / plain
        n = 0
    }
    $1 != row { flush(); row = $1 }
    { times[++n] = $2 }
    END { flush() }'
