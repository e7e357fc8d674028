#!/usr/bin/env bash
# as a user, only
# timeout: 600
# A guest for another machine, by package lists of its own: the host's apt and dpkg do not notice.
. "$(dirname "$0")/lib.sh"
export MINCS_ERMINE=$SCRATCH/home/kits
[ "$(uname -m)" = x86_64 ] || skip "arm64 is no other machine here"
command -v qemu-system-aarch64 >/dev/null || skip "qemu-system-aarch64 is not installed"

# A first program of 24 bytes of code: execve("/bin/busybox", {"sh", NULL}, NULL).
python3 - init <<'PYTHON'
import struct, sys
base, start = 0x400000, 0x78
data = start + 24
adr = lambda register, to, at: 0x10000000 | (to - at) >> 2 << 5 | ((to - at) & 3) << 29 | register
code = [adr(0, data + 16, start), adr(1, data, start + 4), 0xAA1F03E2, 0xD2801BA8, 0xD4000001, 0x14000000]
body = struct.pack("<6I", *code) + struct.pack("<QQ", base + data + 29, 0) + b"/bin/busybox\0sh\0"
header = b"\x7fELF\x02\x01\x01" + bytes(9)
header += struct.pack("<HHIQQQIHHHHHH", 2, 183, 1, base + start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
segment = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, start + len(body), start + len(body), 0x10000)
open(sys.argv[1], "wb").write(header + segment + body)
PYTHON
chmod 755 init

host_state() { stat -c '%n %Y %s' /var/lib/dpkg/status /var/lib/apt/lists; }
before=$(host_state)
foreign=$(dpkg --print-foreign-architectures)
expect_status 0 ermine-breeder distro --arch arm64 --init "$PWD/init"
kit=$out
expect_eq "$(host_state)" "$before" "the host's packages"
expect_eq "$(dpkg --print-foreign-architectures)" "$foreign" "the host's architectures"
expect_eq "$(ls -A "$MINCS_ERMINE" | tr '\n' ' ')" ".arm64-distro.lock arm64-distro " "what is left beside it"
expect_match "$(file --brief "$kit/kernel")" 'Linux kernel ARM64' "the kernel"
cpio --quiet --list <"$kit/initramfs" >listing
grep -q '^modules/[0-9]*-9p.ko$' listing || fail "a module is missing: $(tr '\n' ' ' <listing)"

# Our own one, where it was compiled.
if [ -e "$build/libexec/mincs/minc-guest-arm64" ]; then
    expect_status 0 ermine-breeder distro --arch arm64
    expect_no_match "$err" 'linux-image' "what is fetched for another first program"
    expect_status 0 ermine-breeder testrun --arch arm64 --timeout 120
    cpio --quiet --extract --to-stdout init <"$kit/initramfs" | cmp - "$build/libexec/mincs/minc-guest-arm64"
    expect_status 0 ermine-breeder distro --arch arm64 --init "$PWD/init"
fi

expect_status 1 ermine-breeder distro --arch x86_64 --init "$PWD/init"
expect_match "$err" 'another machine' "a first program of the wrong machine"
expect_status 0 ermine-breeder testrun --arch arm64 --timeout 120
expect_match "$out" '^arm64-distro .* is up after' "testrun"
