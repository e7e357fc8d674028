#!/usr/bin/env bash
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
make -o plain.sh
make --small -o small.sh
expect_status 0 sh small.sh
polecat info small.sh | grep -q 'xz in blocks of 1.0 MiB' || fail "--small is not xz of 1 MiB"
for wrong in '--comp lz4' '--block 3k' '--block 2m' '--block x' '--net wifi' '--cwd there'; do
    expect_status 2 polecat $wrong "$BUSYBOX_ROOT" true
    expect_one_line_error polecat
done
