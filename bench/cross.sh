#!/usr/bin/env bash
# What --cross adds to a start: a static busybox's `true` of this machine and of arm64, each in a container, in turns, so that what
# else the machine does hits both alike. Minimum and median, and the ratio.
# usage: bench/cross.sh [ROUNDS] [DIRECTORY]     default 200, build/release/bin. DIRECTORY has minc. Needs root, qemu-user-static
#        and a static busybox for arm64 in build/bench/busybox-arm64, which is fetched by apt where it is missing.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
rounds=${1:-200}
bin=$(readlink -f "${2:-build/release/bin}")
work=$PWD/build/bench
mkdir -p "$work"
export MINCS_DIR=$work/cross-store

if [ ! -s "$work/busybox-arm64" ]; then
    apt=$(mktemp -d)
    trap 'rm -rf "$apt"' EXIT
    mkdir -p "$apt"/{state/lists/partial,cache/archives/partial}
    : >"$apt/status"
    printf '%s "%s";\n' APT::Architecture arm64 APT::Architectures:: arm64 APT::Sandbox::User root Dir::State "$apt/state" \
        Dir::State::status "$apt/status" Dir::Cache "$apt/cache" >"$apt/conf"
    export APT_CONFIG=$apt/conf
    apt-get update -qq
    (cd "$apt" && apt-get download -qq busybox-static)
    unset APT_CONFIG
    dpkg-deb -x "$apt"/busybox-static_*.deb "$apt/unpacked"
    cp "$apt/unpacked/bin/busybox" "$work/busybox-arm64"
fi
for kind in native arm64; do
    root=$work/cross-$kind
    mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp}
    if [ $kind = native ]; then cp /bin/busybox "$root/bin/busybox"; else cp "$work/busybox-arm64" "$root/bin/busybox"; fi
    ln -sfn busybox "$root/bin/true"
done

time_of() { # COMMAND...: microseconds
    local before=$EPOCHREALTIME after
    "$@" >/dev/null
    after=$EPOCHREALTIME
    echo $((${after/[.,]/} - ${before/[.,]/}))
}
declare -A times
for ((round = 0; round < rounds; round++)); do
    times[native]+="$(time_of "$bin/minc" -r "$work/cross-native" true) "
    times[init]+="$(time_of "$bin/minc" --init -r "$work/cross-native" true) "
    times[cross]+="$(time_of "$bin/minc" --cross arm64 -r "$work/cross-arm64" true) "
    times[qemu]+="$(time_of qemu-aarch64-static "$work/busybox-arm64" true) "
done
stand() { tr ' ' '\n' <<<"${times[$1]}" | grep . | sort -n | awk '{t[NR] = $1} END {print t[1], t[int((NR + 1) / 2)]}'; }
read -r least middle < <(stand native)
printf '%-22s %8s %8s %10s\n' "ms, $rounds rounds" min median ratio
for kind in native init cross qemu; do
    stand $kind | awk -v kind="$kind" -v least="$least" -v middle="$middle" \
        '{printf "%-22s %8.2f %8.2f %5.2f %5.2f\n", kind, $1 / 1000, $2 / 1000, $1 / least, $2 / middle}'
done
