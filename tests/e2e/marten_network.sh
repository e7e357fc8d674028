#!/usr/bin/env bash
# not as a user: root's bridges and interfaces; minc_user_network.sh is the user's
# marten network: several networks side by side that do not reach each other; --internal does not get out; subnets of one's
# own; a clash is said. What cannot be had is an error before the command runs.
. "$(dirname "$0")/fixtures/network.sh"

"${in_outside[@]}" python3 "$SCRATCH/serve.py" >outside.log &
track $!
wait_until 20 grep -q serving outside.log
expect_status 0 marten network create --subnet 10.77.0.0/29 --subnet fd77::/64 front
expect_eq "$out" front
expect_status 0 marten network create --internal back
server front1 --net front
server back1 --net back
server back2 --net back
four() { marten inspect "$1" --format '{network.address4}'; }

expect_eq "$(four front1)" 10.77.0.2
expect_eq "$(marten inspect front1 --format '{network.address6}')" fd77::2
expect_match "$(ask_from front1 198.51.100.2 80)" ' tcp 198\.51\.100\.1$'
expect_match "$(ask_from back1 back2 80)" '^back2 tcp'
expect_status 1 ask_from back1 198.51.100.2 80
expect_status 1 ask_from back1 2001:db8::2 80
# Not even with a route of its own.
marten stop -T 0 back1 >/dev/null
server back1 --net back --cap-add net_admin
nsenter --net="/proc/$(marten inspect back1 --format '{pid}')/ns/net" ip route add default via "$(marten network inspect back | jq -r '.[0].gateway4')"
expect_status 1 ask_from back1 198.51.100.2 80
expect_status 1 ask_from back1 "$(four front1)" 80
expect_status 1 ask_from front1 "$(four back1)" 80
expect_no_match "$(marten exec back1 cat /etc/resolv.conf)" nameserver
expect_status 2 minc --net back -p 80:80 -r "$BUSYBOX_ROOT" true
expect_one_line_error minc

expect_eq "$(marten network ls --format '{name} {subnet4} {internal} {containers}' | sort)" "back 192.168.140.0/24 yes 2
front 10.77.0.0/29 no 1"
expect_eq "$(marten network inspect front | jq -r '.[0].containers[0].names')" "front1 $(marten inspect front1 --format '{id}' | cut -c1-12)"
expect_status 1 marten network rm front
expect_match "$err" "is in use by 1 containers, 'front1"
for name in host none raw 'a b' ../x ''; do
    expect_status 2 marten network create "$name"
done
for subnet in 10.0.0.0 10.0.0.1/24 127.0.0.0/8 10.0.0.0/30 fe80::/64 nonsense/24 10.0.0.0/33; do
    expect_status 2 marten network create --subnet "$subnet" wrong
    expect_one_line_error marten
done
expect_status 1 marten network create front
expect_status 1 marten network create --subnet 10.77.0.0/16 wider
expect_match "$err" "in use by the network 'front'"
expect_status 2 minc --net nowhere -r "$BUSYBOX_ROOT" true

# A small one is full.
for number in 2 3 4 5; do minc -B --rm --net front -r "$BUSYBOX_ROOT" sleep 1000 >>ids; done
expect_status 125 minc --net front -r "$BUSYBOX_ROOT" true
expect_match "$err" 'has no address left: 5 are taken'
marten stop -T 0 front1 back1 back2 $(cat ids) >/dev/null
no_leftovers
expect_status 0 marten network rm front back
expect_eq "$(marten network ls --format '{name}')" ""

# The host has a route there; the bridge is another store's; the default network with another subnet.
ip route add 192.168.139.0/25 via 198.51.100.2
expect_status 125 minc --rm --net dens -b "$SCRATCH:/mnt" -r "$BUSYBOX_ROOT" touch /mnt/ran
expect_match "$err" "192.168.139.0/24 clashes with the host's route to 192.168.139.0/25 by 'up0'"
ip route del 192.168.139.0/25
minc -B --rm --name mine --net dens -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
MINCS_DIR=$SCRATCH/other expect_status 125 minc --rm --net dens -b "$SCRATCH:/mnt" -r "$BUSYBOX_ROOT" touch /mnt/ran
expect_match "$err" "clashes with the host's route to 192.168.139.0/24 by 'mincbr0'"
marten stop -T 0 mine >/dev/null
no_leftovers
marten network rm dens >/dev/null
expect_status 0 marten network create --subnet 10.78.0.0/24 dens
expect_match "$(minc --rm --net dens -r "$BUSYBOX_ROOT" ip -4 address show eth0)" 'inet 10\.78\.0\.2/24'

# Without CAP_NET_ADMIN.
expect_status 125 capsh --drop=cap_net_admin -- -c "exec minc --rm --net dens -b $SCRATCH:/mnt -r $BUSYBOX_ROOT touch /mnt/ran"
expect_one_line_error minc
expect_match "$err" 'not permitted'
[ ! -e "$SCRATCH/ran" ] || fail "a command ran without its network"
no_leftovers
