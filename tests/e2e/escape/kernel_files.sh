#!/usr/bin/env bash
# as a user, too
# Files by which root tells the kernel what to run or to do: opened for writing only, nothing is written. A user's root
# opens none of the kernel's own, whatever he asks for.
. "$(dirname "$0")/../lib.sh"

cat >open.pl <<'EOF'
for my $file (@ARGV) {
    next unless -e $file;
    open(my $handle, "+<", $file) and print "$file\n";
}
EOF
cp -a "$DEBIAN_ROOT" root
cp open.pl root/tmp/
files=(/proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/kernel/hotplug /proc/sys/vm/panic_on_oom /proc/sysrq-trigger
    /proc/sys/fs/binfmt_misc/register /sys/kernel/uevent_helper /proc/kcore /proc/kmsg /proc/timer_list /proc/irq/default_smp_affinity
    /proc/bus/pci/devices /sys/power/state /sys/kernel/mm/transparent_hugepage/enabled /proc/self/oom_score_adj)
expect_status 0 minc --privileged -r ./root perl /tmp/open.pl "${files[@]}"
if [ -z "${MINCS_TEST_USER:-}" ]; then
    expect_match "$out" /proc/sys/kernel/core_pattern "without protection"
else
    expect_eq "$out" /proc/self/oom_score_adj "without protection"
fi
expect_status 0 minc -r ./root perl /tmp/open.pl "${files[@]}"
# What is masked is the null device and takes anything; a process's own badness is its own.
for file in $out; do
    [ "$file" = /proc/self/oom_score_adj ] || expect_eq "$file $(minc -r ./root stat -c '%F %t:%T' "$file")" "$file character special file 1:3"
done
