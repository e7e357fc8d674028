#!/usr/bin/env bash
# as a user with lent IDs, too
# CVE-2020-15257: with the host's network come the host's Unix sockets that have a name and no path, which no file system
# keeps away. Landlock does, where the kernel has it; sockets of the container's own stay usable.
. "$(dirname "$0")/../lib.sh"

cat >listen.pl <<'EOF2'
use Socket;
$| = 1;
my ($type, $name) = ($ARGV[0] eq "dgram" ? SOCK_DGRAM : SOCK_STREAM, $ARGV[1]);
socket(my $socket, AF_UNIX, $type, 0) or die;
bind($socket, pack("S a*", AF_UNIX, "\0$name")) or die "bind: $!\n";
listen($socket, 5) if $type == SOCK_STREAM;
print "ready\n";
sleep 1000;
EOF2
cat >reach.pl <<'EOF2'
use Socket;
my ($type, $name) = ($ARGV[0] eq "dgram" ? SOCK_DGRAM : SOCK_STREAM, $ARGV[1]);
socket(my $socket, AF_UNIX, $type, 0) or die;
my $address = pack("S a*", AF_UNIX, "\0$name");
my $ok = $ARGV[2] ? send($socket, "x", 0, $address) : connect($socket, $address);
print $ok ? "reached\n" : "$!\n";
EOF2
cp -a "$DEBIAN_ROOT" root
cp listen.pl reach.pl root/tmp/
name=mincs-test-$$
for type in stream dgram; do
    perl listen.pl $type $name-$type >ready.$type &
    track $!
    wait_until 20 grep -q ready ready.$type
done
reach() { minc "$@" 2>&1; }
expect_eq "$(reach --privileged -r ./root perl /tmp/reach.pl stream $name-stream)" reached "without protection"
expect_eq "$(reach --host-sockets -r ./root perl /tmp/reach.pl stream $name-stream)" reached "when asked for"
if minc --debug -r ./root true 2>&1 | grep -q 'sockets of the host stay within reach'; then
    skip "this kernel's Landlock has no scopes"
fi
expect_eq "$(reach -r ./root perl /tmp/reach.pl stream $name-stream)" "Operation not permitted" "connecting"
expect_eq "$(reach -r ./root perl /tmp/reach.pl dgram $name-dgram)" "Operation not permitted" "connecting, datagrams"
expect_eq "$(reach -r ./root perl /tmp/reach.pl dgram $name-dgram send)" "Operation not permitted" "sending"
expect_eq "$(reach --init --user 1234 -r ./root perl /tmp/reach.pl stream $name-stream)" "Operation not permitted" "of a user"
own='rm -f /tmp/ready; perl /tmp/listen.pl stream own-'$$' >/tmp/ready & until grep -qs ready /tmp/ready; do sleep 0.05; done; perl /tmp/reach.pl stream own-'$$
expect_eq "$(reach -r ./root sh -c "$own")" reached "the container's own"

# Started again it is kept away as before. Who joins may look into the container's processes and reach its sockets.
minc -B --name box -r ./root sh -c "$own 2>&1; perl /tmp/reach.pl stream $name-stream; exec sleep 1000" >/dev/null
said() { [ "$(marten logs box | wc -l)" -ge "$1" ]; }
wait_until 20 said 2
marten kill box && marten wait box >/dev/null
marten start box >/dev/null
wait_until 20 said 4
expect_eq "$(marten logs box)" $'reached\nOperation not permitted\nreached\nOperation not permitted' "in the background, and again"
expect_eq "$(marten exec box perl /tmp/reach.pl stream own-$$)" reached "the container's socket from exec"
expect_status 0 marten exec box sh -c 'cat /proc/1/environ >/dev/null && ls /proc/1/fd >/dev/null && kill -0 1'
marten rm -f box >/dev/null
