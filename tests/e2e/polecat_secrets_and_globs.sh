#!/usr/bin/env bash
# as a user, too
# Secrets that the command reads are left out and named; --include and --exclude decide otherwise.
. "$(dirname "$0")/lib.sh"

cp -a "$BUSYBOX_ROOT" root
mkdir -p root/root/.ssh root/data/deep
echo key >root/root/.ssh/id_ed25519
printf -- '-----BEGIN PRIVATE KEY-----\nMII\n' >root/data/server
echo plain >root/data/plain
echo more >root/data/deep/more
show='cat /root/.ssh/id_ed25519 /data/server /data/plain "$@" 2>/dev/null'

expect_status 0 polecat -o out.sh root sh -c "$show" sh
expect_match "$err" "warning: '/root/.ssh/id_ed25519' is left out: it looks like a secret"
expect_match "$err" "warning: '/data/server' is left out: it holds a private key"
run ./out.sh /data/deep/more
expect_eq "$out" plain

expect_status 0 polecat --include /data/server --include '/data/deep/**' --exclude '*/plain' --report report \
    -o out.sh root sh -c "$show" sh
run ./out.sh /data/deep/more
expect_eq "$out" "-----BEGIN PRIVATE KEY-----
MII
more"
grep -q $'^/data/plain\tleft out\t--exclude$' report
grep -q $'^/data/deep/more\t5\t--include' report
