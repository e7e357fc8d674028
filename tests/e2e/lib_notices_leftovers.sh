#!/usr/bin/env bash
# not as a user: it is about the tests themselves
# The check at the end of every script (lib.sh) can fail: each kind of thing left behind is noticed and removed.
. "$(dirname "$0")/lib.sh"

# leave WHAT COMMANDS: a script that does this must fail and say so.
leave() {
    printf '. %q\n%s\n' "$TESTS/lib.sh" "$2" >"$SCRATCH/child.sh"
    # In a mount namespace of its own, so that what goes wrong here stays here.
    run env -u MINCS_DIR PATIENCE=2 MINCS_SCRATCH="$SCRATCH" unshare --mount bash "$SCRATCH/child.sh"
    expect_eq "$status" 1 "status of a script that leaves a $1"
    expect_match "$err" "the host is not as it was:.*$1: " "its message"
}

leave mount 'mkdir m; mount -t tmpfs none m'
leave process '(exec sleep 1000) &'
leave 'loop device' 'truncate -s 1M image; losetup --find image'
losetup --list --noheadings --output NAME,BACK-FILE | awk -v s="$SCRATCH" 'index($2, s) {print $1}' | xargs -r losetup --detach

# What a user's container must not touch is watched where escapes are tried.
mkdir escape
touch_canary() {
    printf '. %q\n%s\n' "$TESTS/lib.sh" "$1" >escape/child.sh
    run env -u MINCS_DIR MINCS_TEST_USER=23456 PATIENCE=1 MINCS_SCRATCH="$SCRATCH" bash "$SCRATCH/escape/child.sh"
}
touch_canary true
expect_eq "$status" 0 "status of a script that touches nothing"
for touch in 'echo x >>$CANARY/root/readable' 'chmod 755 $CANARY/another/private' 'echo >$CANARY/root/open/new' 'touch -a -h $CANARY/root/link' \
    'kill -STOP ${canary_pids[0]}' 'kill ${canary_pids[1]}; sleep 0.1' 'renice -n 5 ${canary_pids[1]}; echo 500 >/proc/${canary_pids[1]}/oom_score_adj'; do
    touch_canary "$touch"
    expect_eq "$status" 1 "status of a script that does $touch"
    expect_match "$err" "canary: [<>] " "its message"
done
expect_eq "$(find . -mindepth 1 -maxdepth 1 -name 'canary.*')" "" "canaries left"

printf '. %q\nexit 5\n' "$TESTS/lib.sh" >child.sh
run env -u MINCS_DIR MINCS_SCRATCH="$SCRATCH" bash child.sh
expect_eq "$status" 5 "status of a script that only fails"
expect_eq "$(find "$SCRATCH" -mindepth 1 -maxdepth 1 -name 'child.*' -type d)" "" "directories left"
