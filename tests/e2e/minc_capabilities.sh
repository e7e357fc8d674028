#!/usr/bin/env bash
# as a user with lent IDs, too
# Of root's capabilities eleven stay (docker's list without those that make devices, raw packets and logs).
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status'
value() { sed -n "s/^$1:[[:space:]]*//p" <<<"$out"; }
bounding=$(value CapBnd)
expect_eq "$(value CapEff)" "$bounding" "effective and bounding set"
expect_eq "$(value CapPrm)" "$bounding" "permitted and bounding set"
expect_eq "$(value CapInh)" 0000000000000000 "inheritable set"
expect_eq "$(value CapAmb)" 0000000000000000 "ambient set"
bits=0
for ((n = 16#$bounding; n; n >>= 1)); do bits=$((bits + (n & 1))); done
expect_eq "$bits" 11 "capabilities ($bounding)"
# CAP_SYS_ADMIN 21, SYS_MODULE 16, SYS_RAWIO 17, SYS_PTRACE 19, NET_ADMIN 12, SYS_BOOT 22, SYS_TIME 25, SYSLOG 34
for dangerous in 21 16 17 19 12 22 25 34 2 32 33 38 39 40; do
    [ $((16#$bounding >> dangerous & 1)) = 0 ] || fail "capability $dangerous is still there"
done
expect_eq "$(value NoNewPrivs)" 1
expect_eq "$(value Seccomp)" 2

# some can be taken away, or all
bounding_with() { minc -r "$BUSYBOX_ROOT" "$@" sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status; }
expect_eq "$(bounding_with --cap-drop chown --nocaps KILL,CAP_SETUID)" "$(printf %016x $((16#$bounding & ~(1 | 1 << 5 | 1 << 7))))"
expect_eq "$(bounding_with --cap-drop ALL)" 0000000000000000
expect_status 1 minc -r "$BUSYBOX_ROOT" --nocaps chown chown 1 /etc
expect_match "$err" "Operation not permitted"
expect_status 2 minc -r "$BUSYBOX_ROOT" --cap-drop nonsense true
expect_match "$err" "'nonsense' is not a capability"

# others can be given; what was dropped comes back by its name, and the filter of system calls opens with it
expect_eq "$(bounding_with --cap-drop ALL --cap-add CAP_KILL,net_raw)" "$(printf %016x $((1 << 5 | 1 << 13)))"
expect_eq "$(bounding_with --cap-add ALL)" "$(bounding_with --privileged)"
expect_status 0 minc -r "$BUSYBOX_ROOT" --cap-add sys_admin sh -c 'mount -t tmpfs none /tmp && umount /tmp'
expect_status 1 minc -r "$BUSYBOX_ROOT" --cap-add sys_ptrace mount -t tmpfs none /tmp
expect_status 2 minc -r "$BUSYBOX_ROOT" --cap-add nonsense true
expect_match "$err" "'nonsense' is not a capability"
if [ -z "${MINCS_TEST_USER:-}" ] && ! capsh --has-b=cap_sys_resource 2>/dev/null; then
    expect_status 125 minc -r "$BUSYBOX_ROOT" --cap-add sys_resource true
    expect_match "$err" "CAP_SYS_RESOURCE: minc itself may not use it"
fi

# an ordinary user has those that were given by name, and no other
expect_status 0 minc -r "$BUSYBOX_ROOT" --user alice --cap-add net_raw,net_admin grep -E '^Cap' /proc/self/status
for set in CapInh CapPrm CapEff CapAmb; do expect_eq "$(value $set)" 0000000000003000 "$set of alice"; done
expect_status 0 minc -r "$BUSYBOX_ROOT" --user alice grep -E '^Cap' /proc/self/status
for set in CapInh CapPrm CapEff CapAmb; do expect_eq "$(value $set)" 0000000000000000 "$set of alice"; done

# the container keeps them: for -t by what is given, for start and exec by themselves
minc -B --name box -r "$BUSYBOX_ROOT" --cap-add sys_admin sleep 1000 >/dev/null
for time in first second; do
    expect_status 0 marten exec box sh -c 'mount -t tmpfs none /tmp && umount /tmp'
    marten restart -T 1 box >/dev/null
done
marten rm -f box >/dev/null
