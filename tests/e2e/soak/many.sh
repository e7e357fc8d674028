#!/usr/bin/env bash
# Many containers at once: all start, each answers an exec as itself, all stop, nothing is left (lib.sh looks for that).
# usage: many.sh COUNT [SECONDS]      SECONDS: how long starting them may take; default: any time
. "$(dirname "$0")/../lib.sh"
count=$1 limit=${2:-0}
export BUSYBOX_ROOT
at_once=(xargs -P "$(($(nproc) * 2))" -I NUMBER)

seconds() { awk -v from="$1" -v to="$(date +%s.%N)" 'BEGIN {printf "%.1f", to - from}'; }
phase() { # phase WHAT COMMAND...
    local from what=$1
    from=$(date +%s.%N)
    "${@:2}"
    took=$(seconds "$from")
    echo "$count containers: $what in $took s"
}
start_all() { seq "$count" | "${at_once[@]}" minc -B --name boxNUMBER -r "$BUSYBOX_ROOT" sh -c 'echo NUMBER >/mine; exec sleep 100000' >ids; }
ask_all() { seq "$count" | "${at_once[@]}" marten exec boxNUMBER sh -c 'echo $(hostname) $(cat /mine)' >answers; }
stop_all() { marten stop "${names[@]}" >/dev/null; }
remove_all() { marten rm "${names[@]}" >/dev/null; }

mapfile -t names < <(seq -f 'box%.0f' "$count")
phase started start_all
[ "$limit" = 0 ] || awk -v took="$took" -v limit="$limit" 'BEGIN {exit took > limit}' || fail "starting took $took s"
expect_eq "$(sort -u ids | wc -l)" "$count" "IDs"
expect_eq "$(marten lc --format '{state}' | sort | uniq -c | xargs)" "$count running" "states"
phase asked ask_all
expect_eq "$(sort -V answers)" "$(seq "$count" | sed 's/.*/box& &/')" "answers"
phase stopped stop_all
expect_eq "$(marten wait "${names[@]}" | sort | uniq -c | xargs)" "$count 143" "statuses"
phase removed remove_all
expect_eq "$(ls "$MINCS_DIR/containers")" "" "containers left"
