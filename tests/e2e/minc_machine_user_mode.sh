#!/usr/bin/env bash
# as a user, too
# --um: the guest of a kernel that is a program; again with `marten start`, in a terminal, with streams longer than its line
# holds; a network; and afterwards the container has the network that it had.
. "$(dirname "$0")/lib.sh"
needs_guest um build

head -c 1000000 /dev/urandom >bytes
minc --um -r "$BUSYBOX_ROOT" cat <bytes >copy
cmp bytes copy || fail "what came back is not what went in"
expect_status 0 minc --um -r "$BUSYBOX_ROOT" sh -c 'yes | head -n 300000 | md5sum'
expect_eq "$out" "$(yes | head -n 300000 | md5sum || true)" "what runs inside"
# shellcheck disable=SC2016
expect_status 141 bash -c 'minc --um -r "$1" sh -c "$2" | head -n 1; exit ${PIPESTATUS[0]}' - "$BUSYBOX_ROOT" 'yes; exit $?'

# The guest's kernel has no random source of its own: without the host's bytes this waits for ever.
expect_status 0 minc --um -r "$BUSYBOX_ROOT" timeout 10 head -c 1 /dev/random

expect_eq "$(run_in_terminal minc --um -r "$BUSYBOX_ROOT" sh -c 'test -t 0 && test -t 1 && echo a terminal')" "a terminal" "stdin and stdout"

expect_status 0 minc --um -B --name box -r "$BUSYBOX_ROOT" sh -c 'echo $(($(cat /runs 2>/dev/null || echo 0) + 1)) >/runs; exit $(cat /runs)'
expect_status 0 marten wait box
expect_eq "$out" 1 "the first run"
expect_status 0 marten start box
expect_status 0 marten wait box
expect_eq "$out" 2 "the second run"
expect_status 0 minc -t box cat /proc/net/dev
expect_eq "$(sed 's/^ *\([^:]*\):.*/\1/' <<<"$out" | sort)" "$(sed 's/^ *\([^:]*\):.*/\1/' /proc/net/dev | sort)" "its network afterwards: the host's"

expect_status 0 minc --um -B --name live -r "$BUSYBOX_ROOT" sh -c 'echo from the guest >/made; sleep 1000'
is_made() { marten cp live:/made made 2>/dev/null; }
wait_until 20 is_made
expect_eq "$(cat made)" "from the guest" "a file copied out of a machine that runs"
marten rm -f live >/dev/null

# ---- its network: what the container's namespace has, as under qemu ----
mkdir web && echo from the host >web/file
python3 -m http.server --bind 127.0.0.1 --directory web 0 >server.log 2>&1 &
track $!
port() { grep -o 'port [0-9]*' server.log | cut -d' ' -f2; }
wait_until 20 port >/dev/null
expect_status 0 minc --um -r "$BUSYBOX_ROOT" sh -c "wget -q -O - http://10.0.2.2:$(port)/file; cat /etc/resolv.conf"
expect_eq "$out" "from the host"$'\n'"nameserver 10.0.2.3" "what the guest fetches, and its resolver"
expect_status 0 minc --um --net none -r "$BUSYBOX_ROOT" cat /proc/net/route
expect_eq "$(grep -c . <<<"$out")" 1 "the lines of a table without a route"
