#!/usr/bin/env bash
# The same command on the same root gives the same file, bit by bit.
. "$(dirname "$0")/lib.sh"

export SOURCE_DATE_EPOCH=1700000000
for i in 1 2; do
    mkdir "$i"
    polecat -o "$i/out" "$DEBIAN_ROOT" sh -c 'ls -l /etc | wc -l' >/dev/null 2>&1
    sleep 1
done
cmp 1/out 2/out
# And the files' own times without it.
unset SOURCE_DATE_EPOCH
polecat -o plain "$DEBIAN_ROOT" stat -c %Y /etc/os-release >made 2>/dev/null
expect_status 0 ./plain
expect_eq "$out" "$(cat made)" "a file's time in the bundle"
