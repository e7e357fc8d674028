#!/usr/bin/env bash
# as a user, too
# On a terminal: the traced top ends at the user's q, and so does the one in the bundle; it draws with the terminfo
# of whatever terminal it is on.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || skip "there is no tmux"

server=mincs-$$
terminal() { tmux -L "$server" -f /dev/null "$@"; }
shows() { terminal capture-pane -p | grep -q "$1"; }

terminal new-session -d -x 100 -y 30 "polecat -o top.sh $DEBIAN_ROOT top; echo status \$?; sleep 60"
wait_until 30 shows 'load average'
terminal send-keys q
wait_until 60 shows 'status 0'
# The proof typed that q once more, into a terminal that nobody sees.
shows '1 of 1 run did the same' || fail "the proof: $(terminal capture-pane -p)"
[ -x top.sh ]
terminal kill-server

# Another server: the first may still be on its way out.
server=mincs-$$-bundle
TERM=xterm-256color
terminal new-session -d -x 100 -y 30 "TERM=xterm-256color ./top.sh; echo status \$?; sleep 60"
wait_until 30 shows 'load average'
terminal send-keys q
wait_until 30 shows 'status 0'
terminal kill-server
