#!/usr/bin/env bash
# not as a user: root's bridges and interfaces; minc_user_network.sh is the user's
# --net raw,IF lends an interface of the host and gives it back as it was, also after kill -9; container:ID and netns:FILE
# join a network that is there.
. "$(dirname "$0")/fixtures/network.sh"

ip link add lent0 type veth peer name other0
ip address add 203.0.113.7/24 dev lent0
ip link set lent0 up
ip link set other0 up
ip route add 203.0.114.0/24 via 203.0.113.1 dev lent0 metric 7
ip route add 203.0.115.0/24 dev lent0 src 203.0.113.7 table 99
lent() {
    ip -o address show dev lent0 scope global 2>/dev/null | grep -o 'inet [^ ]*'
    ip -o link show dev lent0 | grep -o ',UP'
    ip route show dev lent0 | sed 's/ linkdown//' && ip route show dev lent0 table 99 | sed 's/ linkdown//'
}
before=$(lent)
expect_match "$before" '203.0.113.7/24.*UP.*203.0.114.0/24 via 203.0.113.1 .*203.0.115.0/24 '
is_back() { [ "$(lent 2>/dev/null)" = "$before" ]; }

expect_status 0 minc --rm --net raw,lent0 -r "$BUSYBOX_ROOT" sh -c 'ls /sys/class/net; cat /sys/class/net/lent0/flags'
expect_eq "$out" $'lent0\nlo\n0x1002' "in the container, down"
is_back || fail "the interface is not back: $(ip link)"
expect_status 7 minc --rm --net raw,lent0 -r "$BUSYBOX_ROOT" sh -c 'exit 7'
expect_status 127 minc --rm --net raw,lent0 -r "$BUSYBOX_ROOT" nonsense
is_back || fail "the interface is not back after a command that is not there"

# Renamed inside, and minc killed.
minc --rm --cap-add net_admin --net raw,lent0 -r "$BUSYBOX_ROOT" sh -c 'ip link set lent0 name mine; echo up; sleep 1000' >said &
pid=$!
track $pid
wait_until 20 grep -qs up said
expect_status 1 ip link show lent0
kill -KILL $pid
wait_until 20 is_back
# The helper alone.
rm said
minc --rm --net raw,lent0 -r "$BUSYBOX_ROOT" sh -c 'echo up; sleep 1000' >said &
pid=$!
track $pid
wait_until 20 grep -qs up said
for helper in $(pgrep -P $pid -x minc-dens); do kill -KILL "$helper"; done
kill -TERM $pid
wait_until 20 is_back
expect_status 125 minc --rm --net raw,nothing0 -r "$BUSYBOX_ROOT" true
expect_eq "$err" "minc: error: the host has no interface 'nothing0'"
expect_status 2 minc --net raw, -r "$BUSYBOX_ROOT" true
ip link del lent0

# container:ID sees the same interfaces and names, and goes on being there when started again.
server one --net dens
minc -B --name guest --net container:one -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
expect_eq "$(marten exec guest readlink /proc/self/ns/net)" "$(marten exec one readlink /proc/self/ns/net)"
expect_eq "$(marten exec guest cat /etc/hosts)" "$(marten exec one cat /etc/hosts)"
expect_status 0 marten exec guest nc 127.0.0.1 80
expect_match "$out" '^one tcp'
expect_status 2 minc --net container:one --sysctl net.ipv4.ip_forward=1 -r "$BUSYBOX_ROOT" true
marten restart -T 0 guest >/dev/null
expect_status 0 marten exec guest nc 127.0.0.1 80
marten stop -T 0 one >/dev/null
expect_status 1 marten restart -T 0 guest
expect_match "$err" "there is no container '"
marten rm -f guest >/dev/null
minc -k --name stopped -r "$BUSYBOX_ROOT" true
expect_status 125 minc --net container:stopped -r "$BUSYBOX_ROOT" true
expect_one_line_error minc

# netns:FILE is another's namespace, and nothing is done to it.
expect_eq "$(minc --rm --net "netns:/proc/$outside_pid/ns/net" -r "$BUSYBOX_ROOT" readlink /proc/self/ns/net)" \
    "$(readlink /proc/$outside_pid/ns/net)"
expect_status 125 minc --net "netns:/proc/$outside_pid/ns/uts" -r "$BUSYBOX_ROOT" true
expect_match "$err" 'is no network namespace$'
expect_status 125 minc --net netns:/nowhere -r "$BUSYBOX_ROOT" true
expect_one_line_error minc
no_leftovers
