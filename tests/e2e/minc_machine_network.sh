#!/usr/bin/env bash
# as a user, too
# timeout: 300
# resource: dens
# --qemu, and a port under --um: the guest reaches the host's servers, and a published port leads to one in the guest.
. "$(dirname "$0")/lib.sh"
needs_guest "$(uname -m)"
[ "$(uname -m)" = x86_64 ] || skip "the machine is one of x86_64"
[ -z "${MINCS_TEST_USER:-}" ] || command -v pasta slirp4netns >/dev/null || skip "a user's port takes pasta or slirp4netns"
mkdir web && echo from the host >web/file
python3 -m http.server --bind 127.0.0.1 --directory web 0 >server.log 2>&1 &
track $!
port() { grep -o 'port [0-9]*' server.log | cut -d' ' -f2; }
wait_until 20 port >/dev/null
expect_status 0 minc --qemu -r "$BUSYBOX_ROOT" wget -q -O - "http://10.0.2.2:$(port)/file"
expect_eq "$out" "from the host" "what the guest fetches"
expect_status 0 minc --qemu --net none -r "$BUSYBOX_ROOT" cat /proc/net/route
expect_eq "$(grep -c . <<<"$out")" 1 "the lines of a table without a route"

answers() { [ "$(python3 -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:18761/file", timeout=2).read().decode(), end="")' 2>/dev/null)" = "from the guest" ]; }
is_published() { # is_published MACHINE
    expect_status 0 minc "$1" -B --name web --net dens -p 127.0.0.1:18761:80 -r "$BUSYBOX_ROOT" \
        sh -c 'echo from the guest >/tmp/file; exec httpd -f -h /tmp -p 80'
    wait_until 120 answers
    expect_status 0 marten rm -f web
}
is_published --qemu
[ ! -e "$MINCS_ERMINE/um-build" ] || is_published --um
