#!/usr/bin/env bash
# as a user, too
# What every start reads is stored as it is, so far as the bundle stays within 3 MB or, where it is larger anyway, does not
# grow to more than twice that: first the runner, then blocks. It runs as ever on every rung, and the same input gives the same bytes.
# resource: loop
. "$(dirname "$0")/lib.sh"

mkdir -p root/bin root/proc root/dev root/tmp
cp "$BUSYBOX_ROOT/bin/busybox" root/bin/busybox
ln -s busybox root/bin/cat
make() { polecat --no-verify "$@" root cat /data >/dev/null 2>&1; }
filler() { openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c "$1" >root/data || true; }
size_of() { stat -c %s "$1"; }
info() { polecat info --format json "$2" | jq "$1"; }

# All of it fits.
filler 10
make -o all.sh
make -f elf -o all.run
whole_runner=$(info .runner.size all.run)
expect_eq "$(info .start.notCompressed all.sh)" "$(info .start.bytes all.sh)" "what is not compressed where there is room"
expect_eq "$(info .runner.size all.sh)" "$whole_runner" "the runner where there is room"
expect_status 0 polecat info all.sh
expect_match "$out" 'start +reads [0-9.]+ MiB, of which [0-9.]+ MiB are not compressed'
make -f sfs -o compressed.sfs
make --small -o small.sh
expect_eq "$(info .start.notCompressed small.sh)" 0 "what is not compressed with --small"
[ "$(size_of all.sh)" -gt $(($(size_of compressed.sfs) + 1000000)) ] || fail "-f sfs is not compressed"

# So much that what is left of 3 MB is 0.4 MB: the runner, and some blocks.
around=$((3000000 - $(size_of compressed.sfs) - 400000)) # the packed runner takes 0.4 MB
filler $((around - 400000))
make -o some.sh
taskset -c "$(taskset -cp $$ | sed 's/.*[: ,-]//')" polecat --no-verify -o again.sh root cat /data >/dev/null 2>&1
cmp some.sh again.sh
expect_eq "$(info .runner.size some.sh)" "$whole_runner" "the runner where there is room for it"
plain=$(info .start.notCompressed some.sh)
[ "$plain" -gt 0 ] && [ "$plain" -lt "$(info .start.bytes some.sh)" ] || fail "not compressed are $plain bytes"
[ "$(size_of some.sh)" -le 3000000 ] || fail "the bundle takes more than 3 MB: $(size_of some.sh)"
[ "$(size_of some.sh)" -gt 2850000 ] || fail "the bundle leaves room: $(size_of some.sh)"
for rung in 1 2 3; do
    POLECAT_RUNG=$rung ./some.sh >got
    cmp got root/data
done

# 0.08 MB are left: not even the runner.
filler $((around - 80000))
make -o tight.sh
[ "$(info .runner.size tight.sh)" -lt $((whole_runner * 3 / 4)) ] || fail "the runner of a script is not packed"
[ "$(size_of tight.sh)" -le 3000000 ] || fail "the bundle takes more than 3 MB: $(size_of tight.sh)"
./tight.sh >got
cmp got root/data

# Larger anyway: twice as much would do for all of it.
filler $((around + 1000000))
make -o large.sh
expect_eq "$(info .start.notCompressed large.sh)" "$(info .start.bytes large.sh)" "what is not compressed of a large bundle"
[ "$(size_of large.sh)" -lt 8000000 ] || fail "the bundle has grown to more than twice its size: $(size_of large.sh)"
./large.sh >got
cmp got root/data
