#!/usr/bin/env bash
# under user-mode Linux, too
# as a user, too
# System calls that containers do not need fail with EPERM, whatever the command tries.
. "$(dirname "$0")/lib.sh"

# name, number on x86-64, as perl's syscall() takes it
[ "$(uname -m)" = x86_64 ] || skip "the numbers are x86-64's"
expect_status 0 minc -r "$DEBIAN_ROOT" perl -e '
my %calls = (unshare => [272, 0x10000000], mount => [165, 0, 0, 0, 0, 0], keyctl => [250, 0, -3, 0, 0, 0],
    add_key => [248, 0, 0, 0, 0, 0], bpf => [321, 0, 0, 0], perf_event_open => [298, 0, 0, 0, 0, 0],
    init_module => [175, 0, 0, 0], kexec_load => [246, 0, 0, 0, 0], reboot => [169, 0, 0, 0, 0],
    swapon => [167, 0, 0], open_by_handle_at => [304, 0, 0, 0], userfaultfd => [323, 0],
    pivot_root => [155, 0, 0], setns => [308, -1, 0], umount2 => [166, 0, 0], fsopen => [430, 0, 0]);
for my $name (sort keys %calls) {
    $! = 0;
    my $result = syscall(@{$calls{$name}}[0], @{$calls{$name}}[1 .. $#{$calls{$name}}]);
    my $code = $! + 0;
    print "$name: result $result errno $code\n" unless $result == -1 && ($code == 1 || $code == 38);
}'
expect_eq "$out" "" "calls that came through"
expect_status 0 minc --seccomp-unconfined -r "$BUSYBOX_ROOT" grep Seccomp: /proc/self/status
expect_eq "$out" $'Seccomp:\t0' "with --seccomp-unconfined"
# The filter is in force from the first instruction of the command and also for its children.
expect_status 0 minc -r "$DEBIAN_ROOT" sh -c 'unshare -m true 2>&1 || true'
expect_match "$out" "not permitted"
