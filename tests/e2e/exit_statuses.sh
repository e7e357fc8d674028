#!/usr/bin/env bash
# as a user, too
# The status is what the command had, as a shell tells it without any container: all exit codes of note and all 64
# signals, for a run, with --init, for exec and in the background, with a terminal and without.
# timeout: 300
. "$(dirname "$0")/lib.sh"
ulimit -c 0

# table COMMAND...: "N STATUS" of the command with each exit code and signal. It stands in a file, to run in a terminal too.
cat >table.sh <<'EOF2'
statuses="0 1 2 126 127 128 255"
# Stop signals end nothing.
signals=$(seq 1 64 | grep -vxE '19|20|21|22')
for n in $statuses; do
    "$@" perl -e 'exit $ARGV[0]' $n
    echo "status $n $?"
done
[ -n "$ONLY_STATUSES" ] && exit
for n in $signals; do
    "$@" perl -e 'kill $ARGV[0], $$; exit 0' $n
    echo "signal $n $?"
done
EOF2
table() { bash table.sh "$@" 2>/dev/null </dev/null | grep -E '^(status|signal) '; }
table_in_terminal() { run_in_terminal bash table.sh "$@" | grep -E '^(status|signal) '; }
export ONLY_STATUSES=

table env >plain
expect_eq "$(grep -c 'signal' plain)" 60
grep -qx 'signal 9 137' plain && grep -qx 'signal 17 0' plain && grep -qx 'signal 64 192' plain || fail "a shell's own table: $(cat plain)"
minc -B --name box -r "$DEBIAN_ROOT" sleep 1000 >/dev/null

table minc --init -r "$DEBIAN_ROOT" >init &
table_in_terminal minc --init -r "$DEBIAN_ROOT" >init.terminal
wait $!
table marten exec box >exec &
table_in_terminal marten exec -i -t box >exec.terminal
wait $!
for mode in init init.terminal exec exec.terminal; do
    diff plain $mode >difference || fail "$mode: $(cat difference)"
done
# As pid 1 the command is shielded from its own signals, and that is the kernel's word (pid_namespaces(7)).
ONLY_STATUSES=1 table minc -r "$DEBIAN_ROOT" >run
ONLY_STATUSES=1 table_in_terminal minc -r "$DEBIAN_ROOT" >run.terminal
for mode in run run.terminal; do
    diff <(grep status plain) $mode >difference || fail "$mode: $(cat difference)"
done

# In the background: each code, then each signal that ends a process, from outside (minc.1, SIGNALS, for PIPE).
ending=$(seq 1 64 | grep -vxE '13|17|18|19|20|21|22|23|28|32|33')
for way in "" --init --tty; do
    codes="0 1 2 126 127 128 255" names=() want=()
    for n in $codes; do
        minc -B $way --name "code$n" -r "$BUSYBOX_ROOT" sh -c "exit $n" >/dev/null
        names+=("code$n") want+=("$n")
    done
    for n in $ending; do
        minc -B $way --name "signal$n" -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
        marten kill -s $n "signal$n" >/dev/null
        names+=("signal$n") want+=($((128 + n)))
    done
    expect_eq "$(timeout 60 marten wait "${names[@]}" | paste -sd ' ')" "${want[*]}" "in the background ${way:-as pid 1}"
    marten rm "${names[@]}" >/dev/null
done

# In the foreground; a shell's background jobs ignore INT and QUIT, which would be the command's business, too.
is_up() { [ "$(cat up.* 2>/dev/null | wc -l)" = "$(wc -w <<<"$ending")" ]; }
declare -A pids
for n in $ending; do
    env --default-signal=INT,QUIT "$MINC" -r "$BUSYBOX_ROOT" sh -c 'echo up; exec sleep 1000' >up.$n 2>/dev/null &
    pids[$n]=$!
    track $!
done
wait_until 60 is_up
for n in $ending; do kill -$n "${pids[$n]}"; done
for n in $ending; do
    status=0
    wait "${pids[$n]}" 2>/dev/null || status=$?
    expect_eq "$status" $((128 + n)) "in the foreground, ended by signal $n"
done

# A command that handles them gets them all.
heard=$(seq 1 64 | grep -vxE "9|19|32|33")
minc -B --name hears -r "$DEBIAN_ROOT" perl -e '
    use POSIX; $| = 1;
    for my $n (@ARGV) { sigaction($n, POSIX::SigAction->new(sub { $heard{$n}++; print "heard $n\n" })) }
    print "ready\n";
    sleep 1 until %heard == @ARGV' $heard >/dev/null
says() { marten logs hears | grep -qx "$1"; }
wait_until 20 says ready
for n in $heard; do
    marten kill -s $n hears >/dev/null
    wait_until 20 says "heard $n"
done
expect_eq "$(marten wait hears)" 0 "of a command that heard all"
marten rm -f box hears >/dev/null
