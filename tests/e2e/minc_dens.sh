#!/usr/bin/env bash
# not as a user: root's bridges and interfaces; minc_user_network.sh is the user's
# --net dens: containers on a bridge reach each other by address and by name, and the world outside through the host's
# address, in both families; nobody reaches them; the bridge and its rules go with the last of them.
. "$(dirname "$0")/fixtures/network.sh"

"${in_outside[@]}" python3 "$SCRATCH/serve.py" >outside.log &
track $!
server one --net dens
server two --net dens
four() { marten inspect "$1" --format '{network.address4}'; }
six() { marten inspect "$1" --format '{network.address6}'; }

# By name, also the one that ran before the other came; by address; in both families.
expect_match "$(ask_from one two 80)" "^two tcp (fd|192)"
expect_match "$(ask_from two one 80)" "^one tcp "
expect_eq "$(ask_from one "$(four two)" 80)" "two tcp $(four one)"
expect_eq "$(ask_from one "$(six two)" 80)" "two tcp $(six one)"
expect_eq "$(ask_from one "$(four two)" 80 udp)" "two udp $(four one)"
expect_match "$(four one)" '^192\.168\.139\.[0-9]+$'
expect_match "$(six one)" '^fd'

# The world outside sees the host's address.
wait_until 20 grep -q serving outside.log
expect_match "$(ask_from one 198.51.100.2 80)" ' tcp 198\.51\.100\.1$'
expect_match "$(ask_from one 2001:db8::2 80)" ' tcp 2001:db8::1$'
expect_match "$(ask_from one 198.51.100.2 80 udp)" ' udp 198\.51\.100\.1$'

# And does not get in, even if it knows the way. The host does.
outside ip route add 192.168.139.0/24 via 198.51.100.1
expect_status 1 ask_from_outside "$(four one)" 80
expect_eq "$(ask "$(four one)" 80)" "one tcp 192.168.139.1"

# exec is in it, start makes it anew, rename is known to the others.
expect_eq "$(marten exec one ls /sys/class/net | xargs)" "eth0 lo"
marten rename two zwei
expect_match "$(ask_from one zwei 80)" "^two tcp "
marten stop -T 0 zwei >/dev/null
expect_no_match "$(marten exec one cat /etc/hosts)" two "names of a container that is no more"
marten stop -T 0 one >/dev/null
no_leftovers

# Kept containers have it again.
minc -B --name kept --net dens -r "$DEBIAN_ROOT" -b "$HOME:/net:ro" python3 /net/serve.py >/dev/null
expect_status 0 marten restart -T 0 kept
wait_until 20 serves kept
expect_eq "$(ask "$(four kept)" 80)" "kept tcp 192.168.139.1"
marten rm -f kept >/dev/null
# The kernel looks at a link's state in its own time.
expect_status 0 minc --rm --net dens -r "$BUSYBOX_ROOT" timeout 20 sh -c 'until grep -qx up /sys/class/net/eth0/operstate; do sleep 0.1; done'
no_leftovers
