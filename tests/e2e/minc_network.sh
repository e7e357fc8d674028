#!/usr/bin/env bash
# as a user, too
# --net: the host's network, none but a loopback of its own, or a bare namespace; exec and start are in the same one.
. "$(dirname "$0")/lib.sh"

python3 -m http.server --bind 127.0.0.1 0 >port 2>&1 &
track $!
listens() { grep -q 'port [0-9]' port; }
wait_until 20 listens
port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' port)
fetch="wget -q -O - http://127.0.0.1:$port/port"
inside() { minc --rm -r "$BUSYBOX_ROOT" "$@"; }

expect_status 0 inside $fetch
expect_status 0 inside --net host $fetch
expect_status 1 inside --net none $fetch
expect_eq "$(inside --net none ls /sys/class/net)" lo
expect_eq "$(inside --net none cat /sys/class/net/lo/flags)" 0x9 "up"
expect_eq "$(inside --net raw cat /sys/class/net/lo/flags)" 0x8 "down"
expect_status 0 inside --net none sh -c 'nc -l -p 80 -e echo served & sleep 0.2; nc 127.0.0.1 80'
expect_eq "$out" served
expect_status 0 inside --net none --sysctl net.ipv4.ip_forward=1 cat /proc/sys/net/ipv4/ip_forward
expect_eq "$out" 1
expect_status 2 inside --net nowhere true
expect_one_line_error minc

id=$(minc -B --net none -r "$BUSYBOX_ROOT" sleep 1000)
expect_eq "$(marten exec "$id" ls /sys/class/net)" lo
expect_status 1 marten exec "$id" $fetch
marten restart "$id" >/dev/null
expect_eq "$(marten exec "$id" cat /sys/class/net/lo/flags)" 0x9 "the flags after a restart"
marten rm -f "$id" >/dev/null
