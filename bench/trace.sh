#!/usr/bin/env bash
# What watching a command costs: polecat's two tracers beside the command alone, beside the least that a tracer by seccomp user
# notification does ("floor": it lets every call go on and looks at none), and beside `strace -f -e trace=file`, each in the same
# rounds, so that what else the machine does hits all alike. Three commands: a storm of calls that name paths (`ls -lR` of 2000
# files, forty times), and the starts of two real programs. Minimum and median of all rounds, in milliseconds and beside the
# command alone.
# usage: bench/trace.sh [ROUNDS]      default 40. Everything it makes is in build/bench.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
rounds=${1:-40}
work=$PWD/build/bench
bin=$PWD/build/release/bin

scripts/install-deps bench
cmake --preset release -DMINCS_BUILD_TESTS=OFF -DMINCS_BUILD_BENCH=ON >/dev/null
cmake --build --preset release --target traced >/dev/null

storm=$work/storm
if [ ! -d "$storm" ]; then
    mkdir -p "$storm.new"
    for ((directory = 0; directory < 20; directory++)); do
        mkdir "$storm.new/$directory"
        (cd "$storm.new/$directory" && touch $(seq 100))
    done
    mv "$storm.new" "$storm"
fi
cat >"$work/storm.sh" <<'END'
for round in 0 1 2 3 4 5 6 7 8 9; do
    for again in 1 2 3 4; do ls -lR "$1" >/dev/null; done
done
END

command_of() {
    case $1 in
    storm) command=(sh "$work/storm.sh" "$storm") ;;
    python) command=(python3 -c 'import ssl, sqlite3, json, http.client') ;;
    git) command=(git -C "$work/.." log -1 --format=%H) ;;
    esac
}
run_one() { # HOW
    case $1 in
    alone) "$bin/traced" plain "${command[@]}" ;;
    floor | notify | ptrace) "$bin/traced" "$1" "${command[@]}" ;;
    strace) strace -f -e trace=file -o /dev/null "${command[@]}" ;;
    'strace, bpf') strace -f --seccomp-bpf -e trace=file -o /dev/null "${command[@]}" ;;
    esac >/dev/null
}

ways=(alone floor notify ptrace strace 'strace, bpf')
for what in storm python git; do
    command_of "$what"
    for how in "${ways[@]}"; do
        run_one "$how"
        : >"$work/times.${how// /-}"
    done
    for ((round = 0; round < rounds; round++)); do
        for how in "${ways[@]}"; do
            begin=$EPOCHREALTIME
            run_one "$how"
            end=$EPOCHREALTIME
            echo $((${end/./} - ${begin/./})) >>"$work/times.${how// /-}"
        done
    done
    printf '%s: %s rounds, milliseconds; beside the command alone\n%-12s %9s %9s %8s %8s\n' \
        "$what" "$rounds" "" min median min median
    for how in "${ways[@]}"; do
        paste <(sort -n "$work/times.alone") <(sort -n "$work/times.${how// /-}") |
            awk -v how="$how" '{alone[NR] = $1; own[NR] = $2} END {
                middle = int((NR + 1) / 2)
                printf "%-12s %9.1f %9.1f %7.2fx %7.2fx\n", how, own[1] / 1000, own[middle] / 1000,
                    own[1] / alone[1], own[middle] / alone[middle]}'
    done
done
