#!/usr/bin/env bash
# The same as crash.sh by strace, which kills at the Nth of one system call of one thread: slower and less exact, but
# it knows nothing of libc, so a change of the disk that the shim does not count is found here.
# usage: strace.sh [SCENARIO[,SCENARIO...] [COUNT[,COUNT...]]]      default: all, killed at the 1st, 2nd, 4th ... call
. "$(dirname "$0")/../lib.sh"
command -v strace >/dev/null || skip "there is no strace"
. "$TESTS/crash/checks.sh"
use_memory
stopped() { strace -f -qq -o trace ${inject:+-e "inject=$inject"} "$@"; }
names='write pwrite64 openat mkdir mkdirat rename renameat2 unlink unlinkat rmdir linkat symlinkat mknodat ftruncate
    fsync fdatasync syncfs fchown fchownat fchmod fchmodat utimensat setxattr fsetxattr lsetxattr'

IFS=, read -ra scenarios <<<"${1:-$(all_scenarios)}"
IFS=, read -ra counts <<<"${2:-1,2,4,8,16,32}"
action=kill
total=0
for scenario in "${scenarios[@]}"; do
    inject=
    prepare "$scenario"
    for name in $names; do
        for at in "${counts[@]}"; do
            put_base
            inject=$name:signal=KILL:when=$at
            crashed "$at" "$name"
            [ "$status" != 0 ] || break # there are not so many
            check_store
            total=$((total + 1))
        done
    done
    echo "$scenario: whole each time"
done
echo "points: $total"
stop_own_registry
leave_memory
