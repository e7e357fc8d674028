#!/usr/bin/env bash
# as a user, only
# timeout: 600
# A guest for user-mode Linux, of the distribution's program: it needs no modules. Where the processor has more registers
# than it can keep, that is what is said.
. "$(dirname "$0")/lib.sh"
export MINCS_ERMINE=$SCRATCH/home/kits
[ "$(uname -m)" = x86_64 ] || skip "user-mode Linux is for x86"

expect_status 0 ermine-breeder distro --arch um
kit=$out
expect_eq "$kit" "$MINCS_ERMINE/um-distro" "what is printed"
expect_match "$(jq -r '[.arch, .kind, .version] | join(" ")' "$kit/ermine.json")" '^um distro [0-9.]+' "the note"
expect_match "$("$kit/kernel" --version)" '^[0-9]+\.[0-9]+' "the kernel, run by itself"
expect_eq "$(cpio --quiet --list <"$kit/initramfs" | tr '\n' ' ')" \
    "bin dev modules proc run share sys dev/console dev/null init bin/busybox " "the first root"

run ermine-breeder testrun --arch um
if [ "$status" != 0 ]; then
    grep -qw amx_tile /proc/cpuinfo || fail "user-mode Linux does not come up: $err"
    expect_match "$err" 'hint: .*\(AMX\).*ermine-breeder build --arch um$' "user-mode Linux and AMX"
else
    expect_match "$out" '^um-distro [0-9.]+ is up after' "testrun"
fi
expect_eq "$(ls -A "$HOME" "$TMPDIR" | tr '\n' ' ')" "$HOME: kits  $TMPDIR: " "what user-mode Linux leaves"
