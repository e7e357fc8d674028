#!/usr/bin/env bash
# as a user, too
# However a bundle ends, also by kill -9 of its outermost process, no mount, loop device, process or file stays.
# resource: loop
. "$(dirname "$0")/lib.sh"

polecat -T 1 -o sleeper.sh "$BUSYBOX_ROOT" sh -c 'echo up; sleep 1000' >/dev/null 2>&1
polecat -T 1 -f elf -o sleeper.run "$BUSYBOX_ROOT" sh -c 'echo up; sleep 1000' >/dev/null 2>&1
loops() { losetup --list --noheadings --output BACK-FILE | grep -cF "$SCRATCH" || true; }
for file in sleeper.sh sleeper.run; do
    for signal in KILL TERM HUP; do
        : >said
        ./$file >said &
        pid=$!
        track $pid
        wait_until 20 grep -q up said
        expect_eq "$(loops)" 1 "loop devices while it runs"
        expect_eq "$(grep -c "$SCRATCH" /proc/self/mountinfo || true)" 0 "mounts that the host sees"
        kill -$signal $pid
        wait $pid && fail "it ended well after SIG$signal"
        gone() { [ "$(loops)" = 0 ]; }
        wait_until 20 gone
        tracked=()
    done
done
ls -d /dev/shm/polecat-run.* /run/polecat-run.* 2>/dev/null && fail "a copy of the runner is left"

# Many at once: every one gets a loop device of its own.
polecat -o echo.sh "$BUSYBOX_ROOT" sh -c 'echo $1' name 2>/dev/null >/dev/null
for i in $(seq 20); do
    ./echo.sh "$i" >"said.$i" &
    track $!
done
wait
for i in $(seq 20); do expect_eq "$(cat "said.$i")" "$i"; done
