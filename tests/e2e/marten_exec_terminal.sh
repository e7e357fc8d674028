#!/usr/bin/env bash
# as a user, too
# in a machine, too
# exec -t: a terminal of the container's own, of the caller's size, with keys where -i asks for them.
. "$(dirname "$0")/lib.sh"

minc -B --name box -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
expect_match "$(run_in_terminal marten exec -t box sh -c 'test -t 0 && test -t 1 && test -t 2 && tty')" '^/dev/pts/0' "its name"
answer=$(run_in_terminal bash -c 'stty rows 33 cols 77; marten exec -t box stty size')
expect_match "$answer" '^33 77' "its size"
expect_status 9 run_in_terminal marten exec -t box sh -c 'exit 9'
answer=$(run_in_terminal bash -c 'old=$(stty -g); marten exec -it box true; [ "$old" = "$(stty -g)" ] && echo restored')
expect_match "$answer" restored "the caller's terminal afterwards"
expect_match "$(run_in_terminal marten exec -t box nosuch || true)" "marten: error: running 'nosuch': not found"

# What is typed arrives, and ^C is the command's.
python3 - <<'EOF' >typed || fail "typing: $(cat typed)"
import os, pty, select, time
pid, master = pty.fork()
if pid == 0:
    os.execvp("marten", ["marten", "exec", "-it", "box", "sh", "-c", "read x; echo got $x; sleep 100; echo not-reached"])
def until(word):
    text = b""
    end = time.time() + 20
    while word not in text and select.select([master], [], [], max(0, end - time.time()))[0]:
        text += os.read(master, 1000)
    assert word in text, text
os.write(master, b"keys\n")
until(b"got keys")
os.write(master, b"\x03")
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 130, status
EOF
marten rm -f box >/dev/null
