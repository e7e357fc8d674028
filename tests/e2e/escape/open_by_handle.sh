#!/usr/bin/env bash
# as a user, too
# "Shocker": open_by_handle_at(2) opens any file of a file system by its number, past every path. One directory of
# the host's that is shared with the container is enough to begin with. A user has the kernel between, too.
. "$(dirname "$0")/../lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the numbers are x86-64's"

mkdir shared
echo secret >canary
cat >handle.pl <<'EOF2'
my $handle = pack("L l x128", 128, 0);
my $mount = pack("l", 0);
syscall(303, -100, "$ARGV[0]\0", $handle, $mount, 0) == 0 or die "name_to_handle_at: $!\n";
print unpack("H*", $handle), "\n";
EOF2
cat >open.pl <<'EOF2'
opendir(my $mount, "/shared") or die "opening /shared: $!\n";
my $handle = pack("H*", $ARGV[0]);
my $fd = syscall(304, fileno($mount), $handle, 0);
die "open_by_handle_at: $!\n" if $fd < 0;
open(my $file, "<&=", $fd) or die;
print <$file>;
EOF2
run perl handle.pl canary
[ "$status" = 0 ] || skip "no handles on this file system: $err"
handle=$out
cp -a "$DEBIAN_ROOT" root
cp open.pl root/tmp/
attack=(-r ./root -b "$PWD/shared:/shared" perl /tmp/open.pl "$handle")
run minc --privileged "${attack[@]}"
expect_eq "$out" "$([ -n "${MINCS_TEST_USER:-}" ] || echo secret)" "without protection"
# Two walls, each alone: no capability, and no such call.
expect_status 1 minc --seccomp-unconfined "${attack[@]}"
expect_eq "$err" "open_by_handle_at: Operation not permitted" "without the filter"
expect_status 1 minc "${attack[@]}"
expect_eq "$err" "open_by_handle_at: Operation not permitted"
