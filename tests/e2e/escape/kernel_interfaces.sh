#!/usr/bin/env bash
# as a user, too
# io_uring, bpf, userfaultfd, perf, keys, handles, namespaces, the new mount calls: what most kernel exploits of the last
# years began with. Each is let through with --privileged, and fails with EPERM or ENOSYS without, as x32 call too.
. "$(dirname "$0")/../lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the numbers are x86-64's"

cat >calls.pl <<'EOF2'
my $zeros = "\0" x 256;
my %calls = (io_uring_setup => [425, 1, $zeros], bpf => [321, 5, $zeros, 120], userfaultfd => [323, 0],
    perf_event_open => [298, pack("LLQQQQQ", 1, 112, 0, 0, 0, 0, 0) . $zeros, 0, -1, -1, 0], keyctl => [250, 0, -3, 1],
    add_key => [248, "user\0", "mincs\0", "x", 1, -2], request_key => [249, "user\0", "mincs\0", 0, 0],
    fsopen => [430, "tmpfs\0", 0], open_tree => [428, -100, "/\0", 0x1], mount_setattr => [442, -100, "/\0", 0, $zeros, 32],
    move_mount => [429, -1, "\0", -1, "\0", 4], fspick => [433, -100, "/\0", 0], unshare_user => [272, 0x10000000],
    unshare_mount => [272, 0x20000], setns => [308, 0, 0], mount => [165, 0, "/\0", 0, 0x40000, 0],
    umount => [166, "/nowhere\0", 0], pivot_root => [155, "/\0", "/\0"], swapoff => [168, "/nowhere\0"],
    quotactl => [179, 0, 0, 0, 0], fanotify_init => [300, 0, 0], syslog => [103, 10, 0, 0],
    delete_module => [176, "mincs_none\0", 0], finit_module => [313, -1, "\0", 0], kexec_load => [246, 0, 0, 0, 1 << 40],
    iopl => [172, 9], ioperm => [173, 0, 1 << 20, 1], acct => [163, "/nowhere\0"], process_madvise => [440, -1, 0, 0, 0, 0],
    lookup_dcookie => [212, 0, 0, 0], move_pages => [279, 1, 0, 0, 0, 0, 0], vmsplice => [278, -1, 0, 0, 0],
    clone3 => [435, $zeros, 8], pidfd_getfd => [438, -1, 0, 0], kcmp => [312, 1, 1, 0, 0, 0]);
for my $name (sort keys %calls) {
    my ($number, @arguments) = @{$calls{$name}};
    $! = 0;
    syscall(($ARGV[0] // 0) | $number, @arguments);
    print "$name ", ($! == 1 || $! == 38 ? "refused" : "open"), "\n";
}
EOF2
cp -a "$DEBIAN_ROOT" root
cp calls.pl root/tmp/
expect_status 0 minc --privileged -r ./root perl /tmp/calls.pl
open=$(sed -n 's/ open$//p' <<<"$out")
for name in bpf userfaultfd perf_event_open keyctl fsopen open_tree unshare_user mount fanotify_init; do
    grep -qx $name <<<"$open" || echo "not tried: this kernel refuses $name to all"
done
[ "$(wc -l <<<"$open")" -ge 20 ] || fail "only these are open without protection, which proves little: $open"
expect_status 0 minc -r ./root perl /tmp/calls.pl
left=$(sed -n 's/ open$//p' <<<"$out")
# harmless ones that the list above has as a counterpart: they must stay usable
expect_eq "$(grep -vxE 'vmsplice|move_pages|kcmp|process_madvise|pidfd_getfd' <<<"$left" || true)" "" "calls that came through"
expect_status 0 minc -r ./root perl /tmp/calls.pl $((0x40000000))
expect_eq "$(grep ' open$' <<<"$out" || true)" "" "calls that came through as x32"
# Who joins has the same filter.
minc -B --name box -r ./root sleep 1000 >/dev/null
expect_status 0 marten exec box perl /tmp/calls.pl
expect_eq "$(sed -n 's/ open$//p' <<<"$out")" "$left" "calls that came through in exec"
marten rm -f box >/dev/null
