#!/usr/bin/env bash
# as a user, too
# -B: minc prints the ID and returns; what the command prints is in the log, its status is recorded, nothing stays.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -B --name one -r "$BUSYBOX_ROOT" sh -c 'echo out; echo err >&2; printf end; exit 5'
id=$out
expect_match "$id" '^[0-9a-f]{64}$' "stdout"
expect_eq "$err" "" "stderr"
expect_status 0 marten wait one
expect_eq "$out" 5 "the status"
expect_status 0 marten logs "$id"
expect_eq "$out" $'out\nend' "the log of stdout"
expect_eq "$err" err "the log of stderr"
expect_match "$(cat "$MINCS_DIR/containers/$id/log")" '^20[0-9-]+T[0-9:]+\.[0-9]{9}Z stdout F out' "a line of the log"
expect_eq "$(marten lc --format '{name} {state}')" "one exited 5"
expect_match "$(marten inspect one)" '"exit_status": 5'

# While it runs: nothing of the caller's is held, and the command has no other descriptors either.
mkdir callers
exec 7</etc/passwd
(cd callers && minc -B --name two -r "$BUSYBOX_ROOT" sleep 1000) >two.id
exec 7<&-
read -r init _ supervisor _ <"$MINCS_DIR/containers/$(cat two.id)/lock"
in_root_directory() { [ "$(readlink "/proc/$supervisor/cwd")" = / ]; }
wait_until 5 in_root_directory # it lets go of the caller when that has its answer
expect_eq "$(ls -l "/proc/$supervisor/fd" | grep -E "passwd|two.id|/dev/pts|mincs.db" || true)" "" "foreign descriptors"
for fd in 0 1 2; do expect_eq "$(readlink "/proc/$supervisor/fd/$fd")" /dev/null "descriptor $fd"; done
expect_eq "$(ls "/proc/$init/fd" | tr '\n' ' ')" "0 1 2 " "the command's descriptors"
expect_eq "$(ps -o sid= -p "$supervisor" | tr -d ' ')" "$supervisor" "its session"
read_only='import os, sys; print(os.statvfs(sys.argv[1]).f_flag & os.ST_RDONLY)'
if [ -n "${MINCS_TEST_USER:-}" ]; then # who may mount nothing read-only runs from a sealed copy
    expect_match "$(readlink "/proc/$supervisor/exe")" "^/memfd:mincs"
else
    expect_eq "$(python3 -c "$read_only" "/proc/$supervisor/exe")" 1 "the supervisor's program is read-only"
fi
expect_status 125 minc -t two true
expect_match "$err" "is running"
expect_status 0 marten stop two
expect_eq "$(marten wait two)" 143 "the status after stop"

# What goes wrong before the command runs is the caller's, and leaves no container.
expect_status 127 minc -B -r "$BUSYBOX_ROOT" nosuch
expect_one_line_error minc
expect_status 2 minc -B --user nobodyhere -r "$BUSYBOX_ROOT" true
expect_status 125 minc -B -r /nowhere true
expect_status 125 minc -B --name one -r "$BUSYBOX_ROOT" true
expect_status 2 minc -B -t ./dir true
expect_status 2 minc --tty -r "$BUSYBOX_ROOT" true
expect_status 2 minc --log-size 1m -r "$BUSYBOX_ROOT" true
expect_status 2 minc -B --log-size 1k -r "$BUSYBOX_ROOT" true
expect_eq "$(marten lc --format '{name}' | sort | tr '\n' ' ')" "one two " "containers"

# --rm: gone with its command.
minc -B --rm -r "$BUSYBOX_ROOT" sleep 0.3 >three.id
is_gone() { [ ! -e "$MINCS_DIR/containers/$(cat three.id)" ]; }
wait_until 20 is_gone
