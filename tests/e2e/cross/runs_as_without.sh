#!/usr/bin/env bash
# as a user, too
# --cross: status, signals, streams, arguments and users are as without it, and the host's table of formats stays as it is.
. "$(dirname "$0")/lib.sh"

for name in arm64 aarch64 --arch; do
    option=--cross
    [ "$name" = --arch ] && option=--arch && name=arm64
    expect_status 0 minc $option $name -r "$ARM_ROOT" uname -m
    expect_eq "$out" aarch64
    expect_eq "$err" ""
done
expect_eq "$(host_formats)" "$FORMATS_BEFORE" "the host's table"

for status in 0 1 42 126 255; do expect_status $status minc --cross arm64 -r "$ARM_ROOT" sh -c "exit $status"; done
expect_status 127 minc --cross arm64 -r "$ARM_ROOT" no-such-command
expect_status 143 minc --cross arm64 -r "$ARM_ROOT" sh -c 'kill -TERM $$; sleep 20'
expect_status 137 minc --cross arm64 -r "$ARM_ROOT" sh -c 'sh -c "kill -KILL \$\$"; exit $?'
expect_status 3 minc --cross arm64 -r "$ARM_ROOT" sh -c 'trap "exit 3" USR1; kill -USR1 $$; sleep 20'
expect_eq "$(echo in | minc --cross arm64 -r "$ARM_ROOT" cat)" in
expect_eq "$(minc --cross arm64 -r "$ARM_ROOT" sh -c 'echo "$0 $*"' zero one 'two  three')" "zero one two  three"
expect_eq "$(run_in_terminal minc --cross arm64 -r "$ARM_ROOT" sh -c 'test -t 0 && test -t 1 && echo terminal')" terminal

# argv[0] is what the caller says: busybox goes by it.
expect_eq "$(minc --cross arm64 -r "$ARM_ROOT" sh -c 'exec -a uname /bin/busybox -m' 2>/dev/null ||
    minc --cross arm64 -r "$ARM_ROOT" /bin/uname -m)" aarch64

# What was asked from outside ends it, too.
minc --cross arm64 -r "$ARM_ROOT" sleep 1000 &
pid=$!
track $pid
sleep 1
kill -TERM $pid
expect_status 143 wait $pid

# Nobody can change the table from inside, and native programs run beside the others.
expect_status 0 minc --cross arm64 -r "$ARM_ROOT" sh -c 'echo -1 >/proc/sys/fs/binfmt_misc/qemu-aarch64 || echo refused; uname -m'
expect_match "$out" $'refused\naarch64'
expect_status 0 minc --cross arm64 -r "$ARM_ROOT" -b "$BUSYBOX_ROOT/bin:/native" /native/busybox uname -m
expect_eq "$out" x86_64
if [ "${MINCS_TEST_IDS:-}" != alone ]; then
    expect_status 0 minc --cross arm64 --user alice -r "$ARM_ROOT" id
    expect_match "$out" '^uid=1234\(alice\) gid=1235\(alice\)'
fi

# Powers: mounts in a mount namespace of its own, low ports in a network of its own, limits that only root raises.
expect_status 0 minc --privileged --cross arm64 -r "$ARM_ROOT" sh -c 'mount -t tmpfs none /tmp && echo mounted'
expect_eq "$out" mounted
expect_status 143 minc --net none --cross arm64 -r "$ARM_ROOT" timeout 1 nc -l -p 80

# Two at once do not disturb each other.
minc --cross arm64 -r "$ARM_ROOT" sleep 2 &
pid=$!
track $pid
expect_eq "$(minc --cross arm64 -r "$ARM_ROOT" uname -m)" aarch64
wait $pid

expect_status 2 minc --cross vax -r "$ARM_ROOT" true
expect_one_line_error minc
expect_status 2 minc --cross arm64 --um -r "$ARM_ROOT" true
expect_one_line_error minc
expect_eq "$(minc --cross amd64 -r "$BUSYBOX_ROOT" uname -m)" x86_64 "the machine's own"
expect_eq "$(host_formats)" "$FORMATS_BEFORE" "the host's table"
