#!/usr/bin/env bash
# Stops marten at its Nth change of the disk (shim.cc), for one N after the other, and looks what it left (checks.sh).
#
# usage: crash.sh [SCENARIO[,SCENARIO...] [ACTION[,ACTION...] [POINTS]]]
#   SCENARIO  see scenarios.sh; default: all
#   ACTION    kill torn ENOSPC EIO EMFILE EROFS; default: all
#   POINTS    so many of each, evenly spread; default: every one
# SHARD=I/K in the environment: only every Kth point, beginning with the Ith (from 0).
. "$(dirname "$0")/../lib.sh"
. "$TESTS/crash/checks.sh"
use_memory

IFS=, read -ra scenarios <<<"${1:-$(all_scenarios)}"
IFS=, read -ra actions <<<"${2:-kill,torn,ENOSPC,EIO,EMFILE,EROFS}"
points=${3:-0}
shard=${SHARD:-0/1}

total=0
for scenario in "${scenarios[@]}"; do
    prepare "$scenario"
    calls=$(tr -d ' \n' <count)
    step=1
    [ "$points" = 0 ] || step=$(((calls + points - 1) / points))
    for action in "${actions[@]}"; do
        count=0
        for ((at = 1 + step * ${shard%/*}; at <= calls; at += step * ${shard#*/})); do
            put_base
            crashed "$at" "$action"
            case $action in E*) check_failed_call ;; esac
            check_store
            count=$((count + 1))
        done
        echo "$scenario: $calls changes of the disk, $action at $count of them: whole each time"
        total=$((total + count))
    done
done
echo "points: $total"
stop_own_registry
leave_memory
