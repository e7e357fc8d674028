#!/usr/bin/env bash
# not as a user: root's bridges and interfaces; minc_user_network.sh is the user's
# -p: TCP and UDP ports of the host lead to a container, from outside, from the host itself and from other containers, in
# both families; one that is taken is an error before the start; 'marten port' and inspect tell them; -t keeps them.
. "$(dirname "$0")/fixtures/network.sh"

server web --net dens -p 8080:80 -p 8080:80/udp -p 127.0.0.1:8081:80 -p '[2001:db8::1]:8082:80' -p '[::1]:8083:80' -p 9000-9002:78
server other --net dens

# From outside, with the address of who asks.
expect_eq "$(ask_from_outside 198.51.100.1 8080)" "web tcp 198.51.100.2"
expect_eq "$(ask_from_outside 198.51.100.1 8080 udp)" "web udp 198.51.100.2"
expect_eq "$(ask_from_outside 2001:db8::1 8080)" "web tcp 2001:db8::2"
expect_eq "$(ask_from_outside 198.51.100.1 9002)" "web tcp 198.51.100.2" "the last of a range"
expect_status 1 ask_from_outside 198.51.100.1 8081
expect_status 1 ask_from_outside 198.51.100.1 9001

# From the host itself, by all its addresses.
for address in 127.0.0.1 127.1.2.3 198.51.100.1 192.168.139.1 2001:db8::1 ::1 localhost; do
    expect_match "$(ask $address 8080)" "^web tcp "
    [ $address = localhost ] || expect_match "$(ask $address 8080 udp)" "^web udp "
done
expect_match "$(ask 127.0.0.1 8081)" "^web tcp "
expect_match "$(ask 2001:db8::1 8082)" "^web tcp "
expect_match "$(ask ::1 8083)" "^web tcp fd" "::1 alone"
expect_status 1 ask 198.51.100.1 8083
expect_status 1 ask 127.0.0.2 8081

# From a container, by the host's addresses: another's port and its own.
for container in other web; do
    expect_match "$(ask_from $container 198.51.100.1 8080)" "^web tcp "
    expect_match "$(ask_from $container host.containers.internal 8080)" "^web tcp "
    expect_match "$(ask_from $container 2001:db8::1 8080 udp)" "^web udp "
done

# A loopback port is nobody's outside, also not by a packet that claims to go there.
outside ip rule add lookup local priority 100
outside ip rule add to 127.0.0.1 lookup 7 priority 10
outside ip rule del lookup local priority 0
outside ip route add 127.0.0.1 via 198.51.100.1 dev eth0 src 198.51.100.2 table 7
outside sh -c 'for part in all eth0; do echo 1 >/proc/sys/net/ipv4/conf/$part/route_localnet; done'
expect_status 1 ask_from_outside 127.0.0.1 8081

expect_eq "$(marten port web --format '{address} {host_port} {port}/{protocol}')" "* 8080 80/tcp
* 8080 80/udp
127.0.0.1 8081 80/tcp
2001:db8::1 8082 80/tcp
::1 8083 80/tcp
* 9000 78/tcp
* 9001 79/tcp
* 9002 80/tcp"
expect_match "$(marten inspect web --format '{network.ports}')" '"8080:80/tcp"'
expect_match "$(minc --spec --net dens -p 1234:80 -r "$BUSYBOX_ROOT" true)" '1234:80/tcp'

# Taken: by a container, by a program, by one with an address; no such address. Nothing runs then.
expect_status 125 minc --rm --net dens -p 8080:81 -r "$BUSYBOX_ROOT" touch "$SCRATCH/ran"
expect_eq "$err" "minc: error: publishing 8080:81/tcp: the host's port 8080/tcp is taken"
python3 "$SCRATCH/serve.py" 7000 127.0.0.1 >taken.log &
track $!
wait_until 20 grep -q serving taken.log
expect_status 125 minc --rm --net dens -b "$SCRATCH:/mnt" -p 7000:80 -r "$BUSYBOX_ROOT" touch /mnt/ran
expect_match "$err" 'port 7000/tcp is taken$'
expect_status 125 minc --rm --net dens -b "$SCRATCH:/mnt" -p 7000:80/udp -r "$BUSYBOX_ROOT" touch /mnt/ran
expect_status 125 minc --rm --net dens -b "$SCRATCH:/mnt" -p 203.0.113.1:7001:80 -r "$BUSYBOX_ROOT" touch /mnt/ran
expect_match "$err" 'the host has no address 203\.0\.113\.1$'
[ ! -e "$SCRATCH/ran" ] || fail "a command ran without its port"
expect_status 2 minc -p 80:80 -r "$BUSYBOX_ROOT" true
expect_one_line_error minc
for wrong in 80 80:80/sctp 70000:80 80-70:80 80-82:80-81 nowhere:80:80 ::1:80:80 80:65536 1-65535:1; do
    expect_status 2 minc --net dens -p "$wrong" -r "$BUSYBOX_ROOT" true
    expect_one_line_error minc
done
# Whoever goes on sending datagrams from one port of his reaches whichever container is there.
cat >"$SCRATCH/send_on.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5555))
s.settimeout(0.1)
while True:
    try:
        s.sendto(b"?", ("198.51.100.1", 8080))
        print(s.recv(200).decode(), flush=True)
    except OSError:
        pass
END
"${in_outside[@]}" python3 "$SCRATCH/send_on.py" >answers &
track $!
wait_until 20 grep -q '^web udp' answers
marten stop -T 0 web >/dev/null
: >answers
server next --net dens -p 8080:80/udp
wait_until 10 grep -q '^next udp' answers
# Also where that one and its helper were killed.
own_namespace=$(readlink /proc/self/ns/net)
for pid in $(pgrep -x minc-dens); do
    [ "$(readlink "/proc/$pid/ns/net")" != "$own_namespace" ] || kill -KILL "$pid"
done
kill -KILL "$(ps -o ppid= -p "$(marten inspect next --format '{pid}')" | tr -d ' ')"
server third --net dens -p 8080:80/udp
wait_until 10 grep -q '^third udp' answers
marten stop -T 0 third >/dev/null
# A port is free again at once, for the next container and for programs.
marten stop -T 0 other >/dev/null
server web --net dens -p 8080:80
expect_match "$(ask 127.0.0.1 8080)" "^web tcp "
marten stop -T 0 web >/dev/null
no_leftovers

# Used again, a container has them again. What the first run has logged is not the second one's word.
served() { [ "$(marten logs kept | grep -c serving)" = "$1" ]; }
minc -B --name kept --net dens -p 8080:80 -r "$DEBIAN_ROOT" -b "$HOME:/net:ro" python3 /net/serve.py >/dev/null
wait_until 20 served 1
marten restart -T 0 kept >/dev/null
wait_until 20 served 2
expect_match "$(ask 127.0.0.1 8080)" "^kept tcp "
marten stop -T 0 kept >/dev/null
expect_match "$(minc --spec -t kept true)" '8080:80/tcp'
expect_no_match "$(minc --spec -t kept --net host true)" '8080'
expect_match "$(minc --spec -t kept -p 8081:80 true)" '8081:80/tcp'
marten rm kept >/dev/null
no_leftovers
