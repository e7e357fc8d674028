#!/usr/bin/env bash
# as a user, too
# Without a seccomp listener the trace comes by ptrace and is the same; so it is for a command that installs one itself.
. "$(dirname "$0")/lib.sh"

paths() { grep ^path "$1" | cut -f 2-4 | grep -v -e '/proc' | sort; }
command=(sh -c 'cat /etc/passwd | sort | head -n 1; (cd /etc; ls no-such passwd); exit 3')
for tracer in notify ptrace; do
    POLECAT_TRACER=$tracer expect_status 0 polecat trace -o $tracer.trace "$BUSYBOX_ROOT" "${command[@]}"
    expect_match "$out" alice "what the command prints, traced by $tracer"
done
diff <(paths notify.trace) <(paths ptrace.trace)
grep -q $'^run\t3\tended' ptrace.trace
POLECAT_TRACER=ptrace expect_status 0 polecat -o head.sh "$BUSYBOX_ROOT" "${command[@]}"
expect_match "$err" '1 of 1 run did the same'
run ./head.sh
expect_eq "$status" 3
POLECAT_TRACER=magic expect_status 2 polecat -o x.sh "$BUSYBOX_ROOT" true
expect_one_line_error polecat

# A terminal's worth of signals: the time limit stops it just as well.
POLECAT_TRACER=ptrace expect_status 0 polecat -T 1 --no-verify -o slow.sh "$BUSYBOX_ROOT" sh -c 'cat /etc/group; sleep 60'
expect_match "$err" 'its time is up'

# A supervisor: seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, "allow").
python3 -c 'import ctypes' 2>/dev/null || exit 0
cat >supervisor.py <<'END'
import ctypes, os, struct, sys
allow = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0x7fff0000))
program = ctypes.create_string_buffer(struct.pack('HxxxxxxP', 1, ctypes.addressof(allow)))
listener = ctypes.CDLL(None, use_errno=True).syscall(317, 1, 8, ctypes.c_void_p(ctypes.addressof(program)))
if listener < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print(open('/etc/os-release').readline().strip())
END
expect_status 0 polecat --debug --no-verify --report report -o supervisor.sh host python3 "$PWD/supervisor.py"
expect_match "$err" 'it is run once more, and traced by ptrace'
expect_match "$out" '^PRETTY_NAME'
grep -q '^/etc/os-release.*opened by /usr/bin/python3' report || grep -q '^/usr/lib/os-release' report

# And where polecat itself has a supervisor: the kernel refuses a second listener.
sed -e '/^print/d' supervisor.py >outer.py
cat >>outer.py <<'END'
os.set_inheritable(listener, True)
os.execvp(sys.argv[1], sys.argv[1:])
END
expect_status 0 setpriv --no-new-privs python3 outer.py polecat --debug -o inner.sh "$BUSYBOX_ROOT" cat /etc/os-release
expect_match "$err" 'tracing by ptrace'
expect_match "$err" '1 of 1 run did the same'
expect_status 0 ./inner.sh
expect_eq "$out" NAME=busybox
