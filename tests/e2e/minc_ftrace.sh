#!/usr/bin/env bash
# not as a user: the kernel's tracing is root's
# --ftrace SCRIPT: what the container's processes do, as the kernel tells it, and nothing of the host's.
. "$(dirname "$0")/lib.sh"

tracing=$(findmnt -n -t tracefs -o TARGET | head -n 1)
[ -d "$tracing/instances" ] || skip "no tracefs is mounted"
instances() { ls "$tracing/instances"; }
before=$(instances)

cat >exec.ftrace <<'E2'
echo "from $PWD of $MINCS_ID"
echo 1 >events/sched/sched_process_exec/enable
E2
expect_status 3 minc --ftrace exec.ftrace --ftrace-output told -r "$BUSYBOX_ROOT" sh -c '/bin/true; /bin/date >/dev/null; exit 3'
expect_eq "$out" "" "stdout, which is the command's"
expect_match "$err" 'from .*/mincs-[0-9a-f]{64} of [0-9a-f]{64}' "where the script ran"
expect_match "$err" "the trace is in 'told'"
for program in /bin/sh /bin/true /bin/date; do
    expect_match "$(cat told)" "sched_process_exec: filename=$program" "what the trace has"
done
expect_eq "$(instances)" "$before" "the tracing instances afterwards"

# Only the container: of two at once each sees its own.
minc --ftrace exec.ftrace --ftrace-output one -r "$BUSYBOX_ROOT" sh -c 'sleep 0.3; /bin/true' 2>/dev/null &
minc --ftrace exec.ftrace --ftrace-output two -r "$BUSYBOX_ROOT" sh -c 'sleep 0.3; /bin/date >/dev/null' 2>/dev/null &
wait
expect_match "$(cat one)" filename=/bin/true
expect_no_match "$(cat one)" filename=/bin/date
expect_no_match "$(cat two)" filename=/bin/true

# Without a name for it, a file where the caller is.
mkdir here && cd here
run minc --ftrace ../exec.ftrace -r "$BUSYBOX_ROOT" true
expect_match "$(ls)" '^minc-ftrace-[0-9a-f]{12}\.txt$'
cd ..

# What cannot be done is said before the command runs.
echo 'exit 4' >fails.ftrace
expect_status 125 minc --ftrace fails.ftrace --ftrace-output x -r "$BUSYBOX_ROOT" echo ran
expect_match "$err" "^minc: error: the tracing script '.*/fails.ftrace' ended with status 4$"
expect_eq "$out" ""
expect_status 125 minc --ftrace nowhere -r "$BUSYBOX_ROOT" echo ran
expect_match "$err" "opening the tracing script 'nowhere': No such file or directory"
expect_status 2 minc --ftrace exec.ftrace -B -r "$BUSYBOX_ROOT" echo ran
expect_status 2 minc --ftrace-output x -r "$BUSYBOX_ROOT" echo ran
expect_eq "$(instances)" "$before" "the tracing instances after failures"

# A killed minc leaves its instance, and gc takes it.
mkfifo ready
echo "echo up >$PWD/ready" >up.ftrace
minc --ftrace up.ftrace --ftrace-output killed -r "$BUSYBOX_ROOT" sleep 60 2>/dev/null &
pid=$!
read -r _ <ready
sleep 0.1
kill -KILL $pid
wait $pid 2>/dev/null || true
expect_match "$(instances)" 'mincs-[0-9a-f]{64}' "what the killed one left"
marten gc >/dev/null
expect_eq "$(instances)" "$before" "the tracing instances after gc"
