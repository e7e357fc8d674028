#!/usr/bin/env bash
# in a machine, too
# as a user, too
# What tells about or steers the host is masked or read-only: /proc/kcore, /proc/sys, sysrq-trigger, /sys.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c '
for p in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/latency_stats; do
    [ -e $p ] && [ "$(head -c 1 $p 2>/dev/null | wc -c)" != 0 ] && echo "readable: $p"
done
for p in /proc/acpi /proc/scsi /sys/firmware; do
    [ -d $p ] && [ -n "$(ls -A $p)" ] && echo "not empty: $p"
done
for p in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/sys/vm/drop_caches /proc/irq/default_smp_affinity; do
    [ -e $p ] && (: >>$p) 2>/dev/null && echo "writable: $p"
done
(mkdir /sys/x) 2>/dev/null && echo "writable: /sys"
(echo 1 >/sys/kernel/mm/ksm/run) 2>/dev/null && echo "writable: /sys/kernel"
true'
expect_eq "$out" "" "what should be out of reach"
# As docker and podman: --privileged gives the old freedom, root inside is root outside then; of a user's namespace.
expect_status 0 minc --privileged -r "$BUSYBOX_ROOT" sh -c 'cat /proc/sys/kernel/hostname >/dev/null; grep CapEff /proc/self/status'
all=$(grep CapBnd /proc/self/status | cut -f2)
[ -z "${MINCS_TEST_USER:-}" ] || all=$(unshare -Ur grep CapEff /proc/self/status | cut -f2)
expect_eq "$(cut -f2 <<<"$out")" "$all" "capabilities with --privileged"
