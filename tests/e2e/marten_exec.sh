#!/usr/bin/env bash
# as a user with lent IDs, too
# in a machine, too
# control groups are handed over
# exec: one more command in the same namespaces, with the same limits, as whom and where one asks.
. "$(dirname "$0")/lib.sh"

minc -B --name box --pid-max 50 -e COLOUR=green -w /tmp -r "$BUSYBOX_ROOT" sleep 1000 >id
# What is so of the container's pid 1 is so of a command that joins.
in_both() { expect_eq "$(marten exec box sh -c "$(printf "$1" self)")" "$(marten exec box sh -c "$(printf "$1" 1)")" "$2"; }
for namespace in pid mnt ipc uts cgroup net user; do
    in_both "readlink /proc/%s/ns/$namespace" "its $namespace namespace"
done
in_both 'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/%s/status' "its confinement"
in_both 'cat /proc/%s/cgroup' "its control group"
expect_eq "$(marten exec box hostname)" box
expect_eq "$(marten exec box pwd)" /tmp "its directory"
expect_eq "$(marten exec box sh -c 'echo $COLOUR $HOME')" "green /root" "its environment"
expect_eq "$(marten exec box readlink /proc/self/root)" / "its root"
expect_match "$(marten exec box id)" '^uid=0\(root\)'

expect_eq "$(marten exec -u alice box id)" 'uid=1234(alice) gid=1235(alice) groups=2000(friends)' "-u"
expect_eq "$(marten exec -u alice box sh -c 'echo $HOME; grep CapEff /proc/self/status')" $'/\nCapEff:\t0000000000000000' "alice's"
expect_eq "$(X=1 marten exec -e X -e Y=2 -e COLOUR=red -w /etc box sh -c 'echo $X $Y $COLOUR; pwd')" $'1 2 red\n/etc' "-e, -w"
expect_eq "$(marten exec -e HOME=/x -u alice box sh -c 'echo $HOME')" /x "HOME where one asks for it"
expect_eq "$(echo typed | marten exec -i box cat)" typed "-i"
expect_eq "$(echo typed | marten exec box cat)" "" "stdin without -i"
head -c 1000000 /dev/urandom >bytes
marten exec -i box cat <bytes | cmp - bytes || fail "bytes through a command are others"
expect_status 0 marten exec box sh -c 'echo out; echo err >&2'
expect_eq "$out/$err" out/err "the streams"
expect_eq "$(marten exec box ls -l --color=never / | head -c 5)" total "options of the command"
odd=$'blank "quote\' \n \\ \xff'
expect_eq "$(marten exec box printf '%s.' "$odd" --)" "$odd.--." "arguments"
expect_eq "$(marten exec -e "ODD=$odd" box sh -c 'printf %s "$ODD"')" "$odd" "a variable's bytes"
# What a command leaves running is no part of it.
expect_eq "$(marten exec box sh -c 'sleep 1236 >/dev/null 2>&1 & echo done')" "done" "with something in the background"

# Exit statuses, as minc's.
expect_status 7 marten exec box sh -c 'exit 7'
expect_status 137 marten exec box sh -c 'kill -KILL $$'
expect_status 127 marten exec box nosuch
expect_one_line_error marten
expect_status 126 marten exec box /etc
expect_status 125 marten exec nosuch true
expect_one_line_error marten
expect_status 2 marten exec -u nobodyhere box true
expect_one_line_error marten
expect_status 2 marten exec -w relative box true
expect_status 2 marten exec --nosuch box true
expect_status 2 marten exec box
expect_status 2 marten exec
expect_status 2 marten exec -i -t box true </dev/null
expect_status 125 marten exec -w /missing box true
expect_one_line_error marten
runs() { marten exec box sh -c "cat /proc/[0-9]*/cmdline | grep -q 'sleep.[1]${1#1}'"; }
marten exec box sleep 1233 &
pid=$!
track $pid
wait_until 20 runs 1233
kill -TERM $pid
expect_status 143 wait $pid

# A command that is killed with its exec; a container that ends below one.
marten exec box sleep 1234 &
pid=$!
track $pid
wait_until 20 runs 1234
kill -KILL $pid
gone() { ! runs 1234; }
wait_until 20 gone
marten exec box sleep 1235 &
pid=$!
track $pid
wait_until 20 runs 1235
marten kill box >/dev/null
expect_status 137 wait $pid
marten wait box >/dev/null
expect_status 125 marten exec box true
expect_match "$err" "is not running"
