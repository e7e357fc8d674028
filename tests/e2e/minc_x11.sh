#!/usr/bin/env bash
# as a user with lent IDs, too
# -X: the command finds the caller's display, its socket and a cookie of its own.
. "$(dirname "$0")/lib.sh"

# The sockets have one place; so that the host's stays as it is, /tmp is another one here.
if [ "${1:-}" != inside ]; then
    run env -u DISPLAY minc -X -r "$BUSYBOX_ROOT" true
    expect_eq "$status" 125
    expect_one_line_error minc
    expect_match "$err" "there is no DISPLAY"
    unshare --mount "$TESTS/$TEST_NAME.sh" inside
    exit 0
fi
mount -t tmpfs none /tmp
mkdir /tmp/.X11-unix
export DISPLAY=:7 XAUTHORITY=$SCRATCH/cookies
expect_status 125 minc -X -r "$BUSYBOX_ROOT" true
expect_match "$err" "the display ':7' has no socket '/tmp/.X11-unix/X7'"

python3 -c '
import socket
server = socket.socket(socket.AF_UNIX)
server.bind("/tmp/.X11-unix/X7")
server.listen()
while True: server.accept()[0].sendall(b"drawn")
' &
track $!
wait_until 20 test -S /tmp/.X11-unix/X7
chmod 777 /tmp/.X11-unix/X7
python3 -c '
import socket, struct, sys
def text(t): return struct.pack(">H", len(t)) + t
sys.stdout.buffer.write(struct.pack(">H", 256) + text(socket.gethostname().encode()) + text(b"7")
    + text(b"MIT-MAGIC-COOKIE-1") + text(b"a secret"))' >cookies
look='echo $DISPLAY; stat -c "%a %u" $XAUTHORITY; head -c 2 $XAUTHORITY | od -An -tx1; grep -c "a secret" $XAUTHORITY'
expect_status 0 minc -X -r "$BUSYBOX_ROOT" --user alice sh -c "$look"
expect_eq "$out" $':7\n600 1234\n ff ff\n1'
expect_status 0 minc -X -r "$DEBIAN_ROOT" python3 -c '
import socket
client = socket.socket(socket.AF_UNIX)
client.connect("/tmp/.X11-unix/X7")
print(client.recv(100).decode())'
expect_eq "$out" drawn
# Started again it has the cookie still; without any it goes without.
minc -X -k --name box -r "$BUSYBOX_ROOT" grep -c "a secret" /run/.xauthority >/dev/null
rm cookies
marten start box >/dev/null
marten wait box >/dev/null
expect_eq "$(marten logs box)" 1
expect_eq "$(minc -X -r "$BUSYBOX_ROOT" sh -c 'echo ${XAUTHORITY:-none}')" none "without cookies"
