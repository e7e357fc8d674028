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

begin_scenario() { prepare "$scenario"; }
try_point() {
    put_base
    crashed "$at" "$action"
    case $action in E*) check_failed_call ;; esac
    check_store
}
try_points "${1:-$(all_scenarios)}" "${2:-kill,torn,ENOSPC,EIO,EMFILE,EROFS}" "${3:-0}" 0
stop_own_registry
leave_memory
