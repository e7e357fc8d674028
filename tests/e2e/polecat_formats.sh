#!/usr/bin/env bash
# as a user, too
# Besides bundles the files alone: a squashfs image, an archive, a directory; and bundles compressed in other ways, on every
# rung.
# resource: loop
. "$(dirname "$0")/lib.sh"

make() { polecat --no-verify "$@" "$BUSYBOX_ROOT" cat /etc/os-release >/dev/null 2>&1; }
make -f sfs -o out.sfs
unsquashfs -q -n -d unpacked out.sfs >/dev/null
cmp unpacked/etc/os-release "$BUSYBOX_ROOT/etc/os-release"
make -f tgz -o out.tgz
mkdir untarred
tar -xzf out.tgz -C untarred
make -f dir -o out.root
diff -r --no-dereference unpacked untarred
diff -r --no-dereference unpacked out.root
expect_eq "$(stat -c '%a %u:%g %Y' out.root/etc/os-release)" "$(stat -c '%a %u:%g %Y' "$BUSYBOX_ROOT/etc/os-release")"
expect_status 1 make -f dir -o out.root
export SOURCE_DATE_EPOCH=1700000000
make -f tgz -o one.tgz
sleep 1
make -f tgz -o two.tgz
cmp one.tgz two.tgz

for options in '--comp xz' '--small' '--block 4k' '--block 1m --comp zstd'; do
    make $options -f elf -o out.run
    for rung in 1 2 3; do
        POLECAT_RUNG=$rung expect_status 0 ./out.run
        expect_eq "$out" "NAME=busybox" "$options, rung $rung"
    done
done
# Not compressed, what every start reads; as proven, on every rung, and as small where it is not that.
for options in '--fast' '--fast --comp xz'; do
    expect_status 0 polecat $options -f elf -o fast.run "$BUSYBOX_ROOT" cat /etc/os-release
    for rung in 1 2 3; do
        POLECAT_RUNG=$rung expect_status 0 ./fast.run
        expect_eq "$out" "NAME=busybox" "$options, rung $rung"
    done
    LC_ALL=C grep -qaF "$(head -c 3000000 "$BUSYBOX_ROOT/bin/busybox" | tail -c 100000 | strings -n 40 | sed -n 1p)" fast.run ||
        fail "busybox is compressed with $options"
done
polecat info --format json fast.run | grep -q '"/bin/busybox"' || fail "info does not name what is read first"
make -o plain.sh
make --small -o small.sh
expect_status 0 sh small.sh
# For xz the runner is packed; where the start counts it is not.
runner_of() { polecat info --format json "$1" | jq .runner.size; }
make -f elf -o plain.run
make --fast -o fast.sh
[ "$(runner_of small.sh)" -lt "$(($(runner_of plain.run) * 3 / 4))" ] || fail "the runner with --small is not packed"
expect_eq "$(runner_of fast.sh)" "$(runner_of plain.run)" "the runner with --fast"
for bundle in plain.sh fast.sh small.sh; do
    expect_status 0 ./$bundle
    expect_eq "$out" "NAME=busybox" "$bundle"
done
polecat info small.sh | grep -q 'xz in blocks of 1.0 MiB' || fail "--small is not xz of 1 MiB"
for wrong in '--small --fast' '--comp lz4' '--block 3k' '--block 2m' '--block x' '--net wifi' '--cwd there'; do
    expect_status 2 polecat $wrong "$BUSYBOX_ROOT" true
    expect_one_line_error polecat
done
