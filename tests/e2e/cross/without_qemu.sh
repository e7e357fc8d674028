#!/usr/bin/env bash
# as a user, too
# resource: binfmt_misc
# A program for another machine without --cross, and --cross without qemu-user: one line that says so, and what to do.
. "$(dirname "$0")/lib.sh"
! "$ARM_ROOT/bin/busybox" true 2>/dev/null || skip "this machine runs programs for arm64 by itself"

expect_status 126 minc -r "$ARM_ROOT" uname -m
expect_one_line_error minc
expect_match "$err" "it is a program for arm64, and this is amd64"
expect_match "$err" "hint: .*qemu-user-static.*--cross arm64"

mkdir bin
ln -s "$(command -v setpriv)" bin
expect_status 125 env PATH="$SCRATCH/bin" "$MINC" --cross arm64 -r "$ARM_ROOT" uname -m
expect_one_line_error minc
expect_match "$err" "there is no qemu-aarch64-static"
expect_match "$err" "hint: install qemu-user-static"

# One that needs a dynamic linker would look for it in the container.
cp /bin/true bin/qemu-aarch64
expect_status 125 env PATH="$SCRATCH/bin" "$MINC" --cross arm64 -r "$ARM_ROOT" uname -m
rm bin/qemu-aarch64
cp "$(command -v qemu-aarch64-static)" bin/qemu-aarch64
expect_status 0 env PATH="$SCRATCH/bin" "$MINC" --cross arm64 -r "$ARM_ROOT" uname -m
expect_eq "$out" aarch64
