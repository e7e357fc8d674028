#!/usr/bin/env bash
# as a user, too
# A bundle sees the directory it is called in, under its own path, and can write there; nothing else of the host.
. "$(dirname "$0")/lib.sh"

mkdir data other
echo content >data/file
echo hidden >other/file
give data other
cd data
polecat -o ../cat.sh "$BUSYBOX_ROOT" sh -c 'cat file; echo written >made; pwd; cat ../other/file || echo invisible' >/dev/null 2>&1
expect_eq "$(cat made)" written "what the traced run made"
rm made
echo changed >file
expect_status 0 ../cat.sh
expect_eq "$out" "changed
$SCRATCH/data
invisible"
expect_eq "$(cat made)" written
expect_eq "$(stat -c %U made)" root

# In a directory of the system the application's own files stay what they are.
cd /etc
expect_status 0 "$SCRATCH/cat.sh"
expect_match "$out" '^/'
[ ! -e /etc/made ] || fail "the bundle wrote into the host's /etc"
cd "$SCRATCH"

# What it writes elsewhere is gone with it.
polecat -o scratch.sh "$BUSYBOX_ROOT" sh -c 'cat /root/x 2>/dev/null; echo 1 >/root/x; ls /root' >/dev/null 2>&1
expect_status 0 ./scratch.sh
expect_eq "$out" x
expect_status 0 ./scratch.sh
expect_eq "$out" x
[ ! -e "$BUSYBOX_ROOT/root/x" ] || fail "the root was changed"

# --bind shows more.
polecat -b "$SCRATCH/other:/shown" -o bind.sh "$BUSYBOX_ROOT" cat /shown/file >/dev/null 2>&1
expect_status 0 ./bind.sh
expect_eq "$out" hidden
