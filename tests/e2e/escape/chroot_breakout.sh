#!/usr/bin/env bash
# as a user with lent IDs, too
# The classic way out of a chroot: another chroot below the working directory, then ".." above it. Containers keep
# CAP_SYS_CHROOT, as distributions' packages need it: pivot_root is what makes it harmless.
. "$(dirname "$0")/../lib.sh"

cat >breakout.pl <<'EOF'
mkdir "/tmp/jail";
chroot("/tmp/jail") or die "chroot: $!\n";
chdir("..") for 1 .. 100;
chroot(".") or die "chroot: $!\n";
print -e $ARGV[0] ? "out\n" : "in\n";
EOF
cp -a "$DEBIAN_ROOT" root
cp breakout.pl root/tmp/
expect_status 0 chroot root perl /tmp/breakout.pl "$SCRATCH/breakout.pl"
expect_eq "$out" out "in a chroot"
rmdir root/tmp/jail
expect_status 0 minc -r ./root perl /tmp/breakout.pl "$SCRATCH/breakout.pl"
expect_eq "$out" in "in a container"
expect_status 0 minc -r ./root -D perl /tmp/breakout.pl "$SCRATCH/breakout.pl"
expect_eq "$out" in "in a container without an overlay"
