#!/usr/bin/env bash
# What a bundle weighs and how long it takes to start. Size: beside the untouched application (its files and what ldd names), these as
# tar.gz, and the whole root as squashfs. Start: one round runs each way once, so that what else the machine does hits all alike;
# minimum and median of all rounds are printed, in milliseconds, beside the application in a plain chroot and under bwrap.
# Reading: all bytes of a bundle's 64 MiB file through the kernel's squashfs (rung 1) and our file server (rung 2), cold.
# usage: bench/polecat.sh [ROUNDS]      default 50. Needs root. Everything it makes is in build/bench.
# POLECAT: the program to measure, if it is not that of the release preset.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
rounds=${1:-50}
work=$PWD/build/bench
if [ -z "${POLECAT:-}" ]; then
    scripts/install-deps bench
    cmake --preset release -DMINCS_BUILD_TESTS=OFF -DMINCS_BUILD_BENCH=ON >/dev/null
    cmake --build --preset release --target polecat >/dev/null
    POLECAT=$PWD/build/release/bin/polecat
fi
mkdir -p "$work/polecat"
root=$work/applications
scripts/build-debian-rootfs "$root" procps vim git python3 perl nginx-light redis-server
export MINCS_DIR=$work/store POLECAT_CWD=/
cd "$work/polecat"

declare -A command=([true]='true' [top]='top -b -n 1' [git]='git --version' [python3]='python3 -c pass' [vim]='vim --version'
    [perl]='perl -e 1')
names=(true top git python3 vim perl)
for name in "${names[@]}"; do
    for format in sh elf; do
        "$POLECAT" --no-verify -f $format -o "$name.$format" "$root" ${command[$name]} >/dev/null 2>&1 </dev/null
    done
    "$POLECAT" --no-verify --fast -f elf -o "$name.fast" "$root" ${command[$name]} >/dev/null 2>&1 </dev/null
    "$POLECAT" --no-verify --small -f sh -o "$name.small" "$root" ${command[$name]} >/dev/null 2>&1 </dev/null
done

# What somebody without a tracer takes: the program and what ldd says of it.
with_libraries() {
    chroot "$root" sh -c 'program=$(readlink -f "$(which "$1")"); echo "$program"; ldd "$program" | grep -o "/[^ ]*"' sh "$1" |
        while read -r path; do chroot "$root" readlink -f "$path"; done | sort -u
}
mksquashfs "$root" whole.sfs -comp zstd -Xcompression-level 15 -noappend -quiet -no-progress >/dev/null
printf '%-10s %12s %12s %12s %12s %12s %12s\n' bytes 'app+ldd' tar.gz bundle --small --fast 'whole root'
for name in "${names[@]}"; do
    with_libraries "$name" | sed 's,^/,,' >files
    tar -C "$root" -czf ldd.tar.gz -T files
    printf '%-10s %12d %12d %12d %12d %12d %12d\n' "$name" "$(tar -C "$root" -cf - -T files | wc -c)" "$(stat -c %s ldd.tar.gz)" \
        "$(stat -c %s "$name.sh")" "$(stat -c %s "$name.small")" "$(stat -c %s "$name.fast")" "$(stat -c %s whole.sfs)"
done

# ---- start ----

run_once() { # WAY NAME
    local words=(${command[$2]})
    case $1 in
    chroot) chroot "$root" "${words[@]}" ;;
    bwrap) bwrap --ro-bind "$root" / --dev /dev --proc /proc --unshare-pid "${words[@]}" ;;
    sh) "./$2.sh" ;;
    rung[1-4]) POLECAT_RUNG=${1#rung} "./$2.elf" ;;
    fast[1-4]) POLECAT_RUNG=${1#fast} "./$2.fast" ;;
    user3) POLECAT_RUNG=3 setpriv --reuid 65534 --regid 65534 --clear-groups "./$2.elf" ;;
    small) "./$2.small" ;;
    esac >/dev/null 2>&1 </dev/null
}
chmod 755 "$work" "$work/polecat"
ways=(chroot bwrap rung1 rung2 rung3 fast1 fast2 sh small)
for way in "${ways[@]}"; do
    for name in "${names[@]}"; do
        run_once "$way" "$name" || echo "note: $name by $way ends with $?" >&2
        : >"times.$way.$name"
    done
done
for ((round = 0; round < rounds; round++)); do
    for name in "${names[@]}"; do
        for way in "${ways[@]}"; do
            begin=${EPOCHREALTIME/./}
            run_once "$way" "$name" || true
            end=${EPOCHREALTIME/./}
            echo $((end - begin)) >>"times.$way.$name"
        done
    done
done
printf '\n%-10s' 'ms, min/med'
printf ' %13s' "${ways[@]}"
echo
for name in "${names[@]}"; do
    printf '%-11s' "$name"
    for way in "${ways[@]}"; do
        sort -n "times.$way.$name" | awk '{t[NR] = $1} END {printf " %6.1f/%6.1f", t[1] / 1000, t[int((NR + 1) / 2)] / 1000}'
    done
    echo
done

# ---- reading ----

rm -rf --one-file-system data
mkdir -p data/bin data/tmp
cp /bin/busybox data/bin/busybox
ln -s busybox data/bin/cat
{ cat "$root"/usr/lib/x86_64-linux-gnu/*.so* "$root"/usr/bin/* 2>/dev/null || true; } | head -c 67108864 >data/file # cat may end with SIGPIPE
"$POLECAT" --no-verify -f elf -o read.elf data cat /file >/dev/null 2>&1
printf '\n%-10s %s\n' MB/s 'reading 64 MiB, cold, best and median of 20'
for rung in 1 2; do
    : >"times.read.$rung"
done
for ((i = 0; i < 20; i++)); do
    for rung in 1 2; do
        echo 3 >/proc/sys/vm/drop_caches
        begin=${EPOCHREALTIME/./}
        POLECAT_RUNG=$rung ./read.elf >/dev/null
        end=${EPOCHREALTIME/./}
        echo $((67108864 / (end - begin))) >>"times.read.$rung"
    done
done
for rung in 1 2; do
    sort -rn "times.read.$rung" | awk -v rung=$rung '{s[NR] = $1} END {printf "rung %d     %5d %5d\n", rung, s[1], s[int((NR + 1) / 2)]}'
done
