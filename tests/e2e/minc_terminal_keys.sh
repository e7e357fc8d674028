#!/usr/bin/env bash
# as a user, too
# Control-C in a container's terminal reaches the command, not minc, also where the command is not pid 1.
. "$(dirname "$0")/lib.sh"

command -v tmux >/dev/null || skip "tmux is not installed"
socket=$SCRATCH/tmux.socket
trap 'tmux -S "$socket" kill-server 2>/dev/null || true; clean_up' EXIT
shows() { tmux -S "$socket" capture-pane -p | grep -q "$1"; }
for options in "" --init; do
    tmux -S "$socket" -f /dev/null new-session -d -x 80 -y 24 \
        "minc $options -r '$BUSYBOX_ROOT' sh -c 'trap \"n=x\\\$n\" INT; echo ready; while [ \${#n} = 0 ]; do sleep 0.1; done; sleep 0.3; echo interrupted \$n; exit 5'; echo status \$?; sleep 1000"
    wait_until 20 shows ready
    tmux -S "$socket" send-keys C-c
    wait_until 20 shows 'status 5'
    shows 'interrupted x$' || fail "the command's trap did not run once: $(tmux -S "$socket" capture-pane -p)"
    tmux -S "$socket" kill-server
done
