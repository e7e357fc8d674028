#!/usr/bin/env bash
# under user-mode Linux, too
# as a user, too
# --sysctl sets kernel parameters of the container's own namespaces, and none of the host's.
. "$(dirname "$0")/lib.sh"

host=$(cat /proc/sys/kernel/msgmax /proc/sys/kernel/sem /proc/sys/fs/mqueue/msg_max)
expect_status 0 minc -r "$BUSYBOX_ROOT" --sysctl kernel.msgmax=4242 --sysctl 'kernel/sem=100 3200 32 55' --sysctl fs.mqueue.msg_max=7 \
    sh -c 'cd /proc/sys; cat kernel/msgmax kernel/sem fs/mqueue/msg_max; echo 1 2>/dev/null >kernel/msgmax || echo read-only'
expect_eq "$out" $'4242\n100\t3200\t32\t55\n7\nread-only'
expect_eq "$(cat /proc/sys/kernel/msgmax /proc/sys/kernel/sem /proc/sys/fs/mqueue/msg_max)" "$host" "the host's"

refused() { # STATUS SETTING REGEX
    expect_status "$1" minc --rm -r "$BUSYBOX_ROOT" -b "$SCRATCH:/out" --sysctl "$2" touch /out/ran
    expect_one_line_error minc
    expect_match "$err" "$3"
}
refused 2 kernel.panic=1 "kernel.panic: it would be changed for the whole host"
refused 2 net.ipv4.ip_forward=1 "the container's network namespace is the host's"
refused 2 kernel.hostname=x "hint: '--name NAME' sets it"
refused 2 kernel.msgmax "is not NAME=VALUE"
refused 125 kernel.msgmax=lots "setting kernel.msgmax to 'lots': Invalid argument"
refused 125 fs.mqueue.nonsense=1 "No such file"
[ ! -e ran ] || fail "the command ran"

# it is so again when the container is started again
minc -k --name box -r "$BUSYBOX_ROOT" --sysctl kernel.msgmax=4242 cat /proc/sys/kernel/msgmax >/dev/null
marten start box >/dev/null
marten wait box >/dev/null
expect_eq "$(marten logs box)" 4242
