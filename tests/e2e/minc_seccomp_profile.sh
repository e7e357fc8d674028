#!/usr/bin/env bash
# as a user, too
# --seccomp FILE: a filter in docker's format takes the built-in one's place, also in what joins and what starts again.
. "$(dirname "$0")/lib.sh"

cat >profile.json <<'END'
{
    "defaultAction": "SCMP_ACT_ALLOW",
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
    "syscalls": [
        {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30},
        {"names": ["chmod", "fchmodat"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_NET_RAW"]}}
    ]
}
END
refused() {
    expect_status 1 "$@" mkdir /tmp/new
    expect_match "$err" "Read-only file system"
}
refused minc -r "$BUSYBOX_ROOT" --seccomp profile.json
expect_status 0 minc -r "$BUSYBOX_ROOT" --seccomp profile.json grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status
expect_match "$out" $'NoNewPrivs:\t1' "status"
expect_match "$out" $'Seccomp:\t2' "status"
expect_status 1 minc -r "$BUSYBOX_ROOT" --seccomp profile.json chmod 755 /tmp
expect_status 0 minc -r "$BUSYBOX_ROOT" --seccomp profile.json --cap-add net_raw chmod 755 /tmp

minc -B --name box -r "$BUSYBOX_ROOT" --seccomp profile.json sleep 1000 >/dev/null
rm profile.json
refused marten exec box
marten restart -T 1 box >/dev/null
refused marten exec box
marten rm -f box >/dev/null

# the profile that podman ships works as it is
if [ -e /usr/share/containers/seccomp.json ]; then
    expect_status 0 minc -r "$DEBIAN_ROOT" --seccomp /usr/share/containers/seccomp.json \
        perl -e 'system("true") == 0 or die; $! = 0; syscall(1000); print $! + 0'
    expect_eq "$out" 38 "an unknown call's error"
fi

expect_status 0 minc -r "$BUSYBOX_ROOT" --seccomp unconfined grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status
expect_eq "$out" $'NoNewPrivs:\t1\nSeccomp:\t0' "unconfined"

# what cannot be honoured ends before the command, and leaves no container
complains() { # TEXT REGEX
    echo "$1" >bad.json
    expect_status 125 minc -k -r "$BUSYBOX_ROOT" --seccomp bad.json touch "$SCRATCH/ran"
    expect_one_line_error minc
    expect_match "$err" "$2"
}
complains '{' "the seccomp profile 'bad.json': not valid JSON"
complains '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["dup"], "action": "SCMP_ACT_NOTIFY"}]}' \
    "'bad.json': syscalls\[0\]: SCMP_ACT_NOTIFY needs a program that answers"
complains '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["dup"], "action": "SCMP_ACT_KILL", "arg": []}]}' \
    "'bad.json': syscalls\[0\]: 'arg' is not known"
expect_status 125 minc -r "$BUSYBOX_ROOT" --seccomp nosuch.json true
expect_one_line_error minc
expect_match "$err" "nosuch.json"
expect_status 2 minc -r "$BUSYBOX_ROOT" --privileged --seccomp bad.json true
expect_eq "$(marten lc --format '{id}')" "" "containers left"
