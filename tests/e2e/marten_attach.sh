#!/usr/bin/env bash
# as a user, too
# attach: the terminal of a background container, and ctrl-p ctrl-q to leave it.
. "$(dirname "$0")/lib.sh"

cat >talk.py <<'EOF'
import fcntl, os, pty, select, struct, termios, time
def attach():
    pid, master = pty.fork()
    if pid == 0:
        os.execvp("marten", ["marten", "attach", "box"])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 31, 71, 0, 0))
    return pid, master
def until(master, word):
    text, end = b"", time.time() + 20
    while word not in text:
        assert select.select([master], [], [], max(0, end - time.time()))[0], text
        text += os.read(master, 1000)
    return text
def status_of(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
first, one = attach()
os.write(one, b"echo he''llo\n")
until(one, b"hello")
second, two = attach()
os.write(two, b"stty size; echo bo''th\n")
assert b"31 71" in until(two, b"both")
until(one, b"both")
os.write(one, b"\x10\x11")
assert status_of(first) == 0
# ctrl-p alone is the container's, and ^C does not end a shell.
os.write(two, b"\x03")
os.write(two, b"echo sti''ll\n")
until(two, b"still")
os.write(two, b"exit 5\n")
assert status_of(second) == 5, "the status"
EOF
minc -B --tty --name box -r "$BUSYBOX_ROOT" sh >/dev/null
expect_status 0 timeout 60 python3 talk.py
expect_eq "$(marten wait box)" 5
expect_match "$(marten logs box)" hello "the log"
expect_eq "$(find "$MINCS_DIR/containers" -name attach)" "" "sockets left"

# ^C ends a pid 1 that has no handler, as in the foreground.
minc -B --tty --name box2 -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
(sleep 1; printf '\003'; sleep 5) | expect_status 130 timeout 20 marten attach box2
expect_eq "$(marten wait box2)" 130

expect_status 1 marten attach box
expect_match "$err" "is not running"
minc -B --name plain -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
expect_status 1 marten attach plain
expect_one_line_error marten
expect_match "$err" "has no terminal"
marten rm -f plain >/dev/null
