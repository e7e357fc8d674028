#!/usr/bin/env bash
# under user-mode Linux, too
# as a user, too
# --start-hook, --stop-hook: commands of the host before and after the container's; --memo: a text for people. All
# are kept with the container.
. "$(dirname "$0")/lib.sh"

cat >hook.sh <<'EOF2'
{
    echo "$1 name=$MINCS_NAME pid=${MINCS_PID:-} status=${MINCS_STATUS:-} cwd=$PWD"
    [ -z "${MINCS_ROOT:-}" ] || ls "$MINCS_ROOT" | grep -x bin
    cat
} >>"$2"
echo "said by the $1 hook"
EOF2
chmod 755 hook.sh
hook() { printf 'sh %q %s %q' "$SCRATCH/hook.sh" "$1" "$SCRATCH/told"; }
field() { perl -MJSON::PP -e 'print decode_json(<STDIN>)->{$ARGV[0]}' "$1"; }

expect_status 7 minc --name box -k --start-hook "$(hook start)" --stop-hook "$(hook stop)" --memo 'for Émile' -r "$BUSYBOX_ROOT" \
    sh -c 'echo "pid $$"; exit 7'
expect_eq "$out" "pid 1" "stdout, which is the command's"
expect_eq "$err" $'said by the start hook\nsaid by the stop hook' "stderr"
id=$(marten inspect box --format '{id}')
expect_match "$(sed -n 1,2p told)" "^start name=box pid=[0-9]+ status= cwd=/"$'\nbin$' "what the start hook was told"
expect_eq "$(sed -n 3p told | field id) $(sed -n 3p told | field status)" "$id created" "its state"
expect_eq "$(sed -n 3p told | field pid)" "$(sed -n '1s/.*pid=\([0-9]*\).*/\1/p' told)" "the pid in its state"
expect_eq "$(sed -n 4p told)" "stop name=box pid= status=7 cwd=/" "what the stop hook was told"
expect_eq "$(sed -n 5p told | field status)" stopped "its state"
[ ! -e "/proc/$(sed -n 3p told | field pid)" ] || fail "the container outlived its stop hook"

# The memo, for people and programs; only where it is asked for in a table.
expect_eq "$(marten inspect box --format '{memo}') $(marten lc --format '{memo}')" "for Émile for Émile"
expect_match "$(marten lc --long)" "for Émile"
expect_no_match "$(marten lc)" "for Émile"
expect_match "$(marten lc --format json)" '"memo": *"for Émile"'

# Kept for another run and for a start, until something else is said.
for again in "minc -t box" "marten start"; do
    : >told
    if [ "$again" = "marten start" ]; then
        marten start box >/dev/null 2>&1
        marten wait box >/dev/null
    else
        expect_status 0 minc -t box true
    fi
    expect_eq "$(grep -cE '^(start|stop) name=box' told)" 2 "hooks run by $again"
done
: >told
expect_status 0 minc -t box --stop-hook '' --memo other true
expect_eq "$(grep -c ' name=box' told) $(marten inspect box --format '{memo}')" "1 other" "after a hook was taken back"

# In the background, whatever the end: a signal, a command that cannot be started.
: >told
minc -B --name back --stop-hook "$(hook stop)" -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
marten kill back >/dev/null
marten wait back >/dev/null
grep -q '^stop name=back pid= status=137' told || fail "the stop hook after a kill: $(cat told)"
: >told
expect_status 127 minc --start-hook "$(hook start)" --stop-hook "$(hook stop)" -r "$BUSYBOX_ROOT" no-such-command
grep -q '^stop .* status=127' told || fail "no stop hook for a container that was there and did not start: $(cat told)"

# A start hook that fails: nothing runs.
for way in "" "-B" "--init"; do
    : >told
    expect_status 125 minc $way --name fails --rm --start-hook 'exit 3' --stop-hook "$(hook stop)" -r "$BUSYBOX_ROOT" sh -c 'echo ran'
    expect_eq "$out$(cat told)" "" "what ran after a start hook that failed $way"
    expect_match "$err" "the start hook 'exit 3' ended with status 3"
    expect_one_line_error minc
done
expect_status 0 minc --stop-hook 'exit 3' -r "$BUSYBOX_ROOT" true
expect_match "$err" "warning.*the stop hook 'exit 3' ended with status 3, ignoring"
# The command waits for it, on a terminal too, and a hook has no terminal of the container's.
answer=$(run_in_terminal minc --start-hook "sleep 0.3; echo first >$SCRATCH/order" -b "$SCRATCH:/s" -r "$BUSYBOX_ROOT" sh -c 'cat /s/order; tty')
expect_match "$answer" $'first\n/dev/' "the order on a terminal"
# Signals are not held back in it.
expect_status 125 minc --start-hook 'kill -TERM $$; sleep 10' -r "$BUSYBOX_ROOT" true
expect_match "$err" "status 143"
expect_status 0 minc --spec --start-hook 'echo a' --memo m -r "$BUSYBOX_ROOT" true
expect_match "$out" '"createRuntime"'
expect_status 2 minc --memo $'\xff' -r "$BUSYBOX_ROOT" true
expect_one_line_error minc
marten rm box back >/dev/null
