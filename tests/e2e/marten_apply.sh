#!/usr/bin/env bash
# not as a user: it is about the machine's own root, which is root's
# apply does to the host what a container did on its root under an overlay; it refuses, naming the files, where the host
# has changed since, and whatever else it must not touch.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/scratch_host.sh"

run on_scratch_host '
    mkdir /opt/app /opt/old
    echo 1 | tee /opt/app/version /opt/app/notes /opt/old/file >/dev/null
    sleep 0.05
    minc -k --name work sh -c "echo 2 >/opt/app/version; mkdir /opt/app/bin; cp /bin/true /opt/app/bin/tool
        chmod 4750 /opt/app/bin/tool; chown 12:34 /opt/app/bin/tool; chmod 4750 /opt/app/bin/tool
        ln /opt/app/bin/tool /opt/app/bin/alias; rm -r /opt/old; echo x >/tools/not-here 2>/dev/null"
    grep -qx 1 /opt/app/version
    echo "== diff"; marten diff --long work
    echo "== dry"; marten apply -n work; grep -qx 1 /opt/app/version
    sleep 0.05
    echo "== refused"; echo host >/opt/app/version; touch /opt/old/more
    marten apply work 2>&1 || echo "status $?"
    marten apply --dry-run -q work 2>/dev/null || echo "status $?"
    grep -qx host /opt/app/version; [ ! -e /opt/app/bin ]
    echo "== mount"; mount -t tmpfs none /opt/app; marten apply --force -q work 2>&1 || echo "status $?"; umount /opt/app
    echo "== forced"; marten apply --force work
    stat -c "%a %u:%g %h" /opt/app/bin/tool; grep -qx 2 /opt/app/version; [ ! -e /opt/old ]; ls -A /
    echo "== again"; marten apply work; marten diff work; marten apply --rm work; marten lc --format "{id}"
    echo "== others"; mkdir /srv/root; minc -k -r /srv/root --name dir true 2>/dev/null || true
    marten apply dir 2>&1 || echo "status $?"
    minc -k --name busy sleep 60 & until marten apply busy 2>/error; grep running /error; do sleep 0.1; done; rm /error
    kill $!; wait $! || true; marten mount busy >/dev/null; marten apply busy 2>&1 || echo "status $?"
    marten umount busy'
expect_eq "$err" "" "stderr"
expect_eq "$status" 0 "status; $out"
expect_eq "$(sed -E 's:( [0-9]+ [0-9]+) [0-9]{4,} /:\1 N /:; s/ on .\/var.*//; /umount busy/d' <<<"$out")" '== diff
C 0755 0 0 N /opt
C 0755 0 0 N /opt/app
A 0755 0 0 N /opt/app/bin
A 4750 12 34 N /opt/app/bin/alias
A 4750 12 34 N /opt/app/bin/tool
C 0644 0 0 2 /opt/app/version
D 0755 0 0 N /opt/old
== dry
C /opt
C /opt/app
A /opt/app/bin
A /opt/app/bin/alias
A /opt/app/bin/tool
C /opt/app/version
D /opt/old
== refused
marten: error: the container '\''work'\'' cannot be applied: 3 files stand against it; nothing was done
marten: '\''/opt/app/version'\'': changed since the container was made
marten: '\''/opt/old'\'': changed since the container was made
marten: '\''/opt/old/more'\'': made since the container was made
marten: hint: --force puts the container'\''s over the host'\''s
status 1
status 1
== mount
marten: error: the container '\''work'\'' cannot be applied: 1 file stands against it; nothing was done
marten: '\''/opt/app'\'': on another mount
status 1
== forced
C /opt
C /opt/app
A /opt/app/bin
A /opt/app/bin/alias
A /opt/app/bin/tool
C /opt/app/version
D /opt/old
4750 12:34 2
bin
dev
etc
lib
lib64
mnt
opt
proc
root
run
sbin
srv
sys
tmp
tools
usr
var
== again
== others
marten: error: the container '\''dir'\'' was not made from the host'\''s own root, but from '\''/srv/root'\''
marten: hint: '\''marten commit'\'' makes an image of it
status 1
marten: error: the container '\''busy'\'' is running
marten: error: the container '\''busy'\'' is mounted
status 1'
