#!/usr/bin/env bash
# not as a user: root's bridges and interfaces; minc_user_network.sh is the user's
# Real servers: Debian's nginx, published, and its redis, which a client in another container reaches by name.
# timeout: 600
here=$(dirname "$(readlink -f "$0")")
# Made once a build tree, from Debian packages, while the network is still the real one.
[ -n "${OWN_NETWORK:-}" ] || "$here/../../scripts/build-debian-rootfs" \
    "${MINCS_FIXTURES:-$here/../../build/dev/fixtures}/servers-1" nginx-light redis-server || exit 1
. "$here/fixtures/network.sh"
root=$MINCS_FIXTURES/servers-1

minc -B --rm --name redis --net dens -r "$root" redis-server --bind '* -::*' --protected-mode no --save '' >/dev/null
redis() { minc --rm --net dens -r "$root" redis-cli -h redis "$@"; }
answers() { [ "$(redis ping 2>/dev/null)" = PONG ]; }
wait_until 20 answers
expect_eq "$(redis set story 'a bridge')" OK
expect_eq "$(redis get story)" "a bridge"

echo 'served by nginx' >page
chmod 644 page
minc -B --rm --name web --net dens -p 8080:80 -b "$PWD/page:/var/www/html/index.html:ro" -r "$root" nginx -g 'daemon off;' >/dev/null
get() { "$@" python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode(), end="")' "$url"; }
url=http://127.0.0.1:8080/
is_served() { [ "$(get env 2>/dev/null)" = 'served by nginx' ]; }
wait_until 20 is_served
url=http://198.51.100.1:8080/ && expect_eq "$(get outside)" 'served by nginx'
url='http://[2001:db8::1]:8080/' && expect_eq "$(get outside)" 'served by nginx'
expect_eq "$(minc --rm --net dens -r "$BUSYBOX_ROOT" wget -q -O - http://web/)" 'served by nginx'
marten stop -T 5 web redis >/dev/null
no_leftovers
