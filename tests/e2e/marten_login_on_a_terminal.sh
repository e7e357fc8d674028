#!/usr/bin/env bash
# as a user, too
# On a terminal login asks, and the password is not shown.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/registries.sh"

start_registry private $(password_settings ann secret-word)
export REGISTRY_AUTH_FILE=$SCRATCH/auth.json

# tmux is the person: it types when it sees the questions.
screen() { tmux -S "$SCRATCH/tmux" capture-pane -p -J -t 0; }
sees() { screen | grep -q "$1"; }
type_line() { tmux -S "$SCRATCH/tmux" send-keys -t 0 -l "$1" && tmux -S "$SCRATCH/tmux" send-keys -t 0 Enter; }
tmux -S "$SCRATCH/tmux" -f /dev/null new-session -d -x 200 -y 20 "marten login $address; echo status \$?; stty -a | grep -o ' echo '; cat"
wait_until 20 sees "user name at $address: "
type_line ann
wait_until 20 sees 'password of ann: '
type_line secret-word
wait_until 20 sees 'status 0'
wait_until 20 sees '^ echo'
screen >"$SCRATCH/screen"
tmux -S "$SCRATCH/tmux" kill-server
expect_match "$(cat "$SCRATCH/screen")" "logged in to '$address' as 'ann'" "the screen"
expect_no_match "$(cat "$SCRATCH/screen")" secret-word "the screen"
expect_status 1 marten tags "$address/none"
expect_match "$err" 'repository name not known' "what somebody who is known is told"
