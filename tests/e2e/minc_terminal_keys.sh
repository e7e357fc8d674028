#!/usr/bin/env bash
# Control-C in a container's terminal reaches the command, not minc.
. "$(dirname "$0")/lib.sh"

command -v tmux >/dev/null || skip "tmux is not installed"
socket=$SCRATCH/tmux.socket
tmux -S "$socket" -f /dev/null new-session -d -x 80 -y 24 \
    "minc -r '$BUSYBOX_ROOT' sh -c 'trap \"echo interrupted; exit 5\" INT; echo ready; while :; do sleep 0.1; done'; echo status \$?; sleep 1000"
trap 'tmux -S "$socket" kill-server; clean_up' EXIT
shows() { tmux -S "$socket" capture-pane -p | grep -q "$1"; }
wait_until 10 shows ready
tmux -S "$socket" send-keys C-c
wait_until 10 shows 'status 5'
shows interrupted || fail "the command's trap did not run"
