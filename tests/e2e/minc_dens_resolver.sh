#!/usr/bin/env bash
# not as a user: root's bridges and interfaces; minc_user_network.sh is the user's
# A name server of the host that listens on its loopback, and answers nobody else, answers a container through the bridge;
# others stand in its resolv.conf as they are.
. "$(dirname "$0")/fixtures/network.sh"

# with_resolvers TEXT COMMAND...: where /etc/resolv.conf says this
with_resolvers() {
    echo "$1" >resolv.conf
    unshare --mount --propagation private bash -euc 'mount --bind "$0" "$(readlink -f /etc/resolv.conf)" && exec "$@"' "$PWD/resolv.conf" "${@:2}"
}

python3 "$SCRATCH/serve.py" 53 127.0.0.1 >server.log &
track $!
wait_until 20 grep -q serving server.log
expect_status 0 with_resolvers $'nameserver 127.0.0.1\nsearch example.org' minc --rm --net dens -b "$HOME:/net:ro" -r "$DEBIAN_ROOT" \
    sh -c 'cat /etc/resolv.conf; python3 /net/ask.py 192.168.139.1 53 udp; python3 /net/ask.py 192.168.139.1 53'
expect_eq "$out" "nameserver 192.168.139.1
search example.org
$(hostname) udp 127.0.0.1
$(hostname) tcp 127.0.0.1"
no_leftovers
expect_status 0 with_resolvers $'nameserver 203.0.113.5\nnameserver 2001:db8::5\noptions edns0' minc --rm --net dens -r "$BUSYBOX_ROOT" cat /etc/resolv.conf
expect_eq "$(grep . <<<"$out")" "nameserver 203.0.113.5
nameserver 2001:db8::5
options edns0"
no_leftovers
