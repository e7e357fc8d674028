#!/usr/bin/env bash
# as a user, too
# CVE-2024-21626: a working directory that is a descriptor of the joining process leads out to the host.
. "$(dirname "$0")/../lib.sh"

mkdir outside
echo secret >outside/canary
minc -B --name box -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
exec 7<outside 20<"$SCRATCH" 21</
for fd in $(seq 0 30); do
    run marten exec -w "/proc/self/fd/$fd" box sh -c 'cat canary ../canary outside/canary 2>/dev/null; pwd'
    [ "$status" != 0 ] || fail "descriptor $fd was taken for a directory: $out"
    expect_no_match "$out" secret "through descriptor $fd"
done
# The same behind a link that the container made.
marten exec box sh -c 'ln -s /proc/self/fd/7 /link; ln -s /proc/self/cwd /here'
expect_status 125 marten exec -w /link box cat canary
expect_one_line_error marten
expect_status 125 marten exec -w /here box pwd
# Nothing of the host is open inside: 3 is the directory that ls reads.
expect_eq "$(marten exec box ls /proc/self/fd | tr '\n' ' ')" "0 1 2 3 " "descriptors inside"
marten rm -f box >/dev/null
