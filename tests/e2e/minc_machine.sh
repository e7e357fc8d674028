#!/usr/bin/env bash
# as a user, too
# timeout: 600
# --qemu: the command runs under another kernel; its status, streams and changes are as everywhere, its limits are the
# machine's size, and a machine that fails is said to.
. "$(dirname "$0")/lib.sh"
needs_guest "$(uname -m)"
[ "$(uname -m)" = x86_64 ] || skip "the machine is one of x86_64"

# ---- the command ----
mkdir shown && echo bound >shown/file
give shown
# shellcheck disable=SC2016
expect_status 42 minc --qemu --cidfile id -k --mem-limit 200m --cpus 1 -r "$BUSYBOX_ROOT" --tmpfs /scratch -b "$PWD/shown:/scratch/shown" sh -c '
    cp /scratch/shown/file /scratch/shown/copy; echo out; echo err >&2; uname -r; nproc; grep MemTotal /proc/meminfo; cat; echo kept >/made; exit 42' < <(echo in; echo more)
expect_eq "$err" err "stderr"
expect_eq "$(cat shown/copy)" bound "what is bound below a tmpfs"
kernel=$(sed -n 2p <<<"$out")
[ "$kernel" != "$(uname -r)" ] || fail "the kernel is the host's"
memory=$(awk '/MemTotal/ {print $2}' <<<"$out")
[ "$memory" -gt 100000 ] && [ "$memory" -lt 204800 ] || fail "the machine has $memory kB"
expect_eq "$(sed -n '1p;3p;5,$p' <<<"$out" | tr '\n' ' ')" "out 1 in more " "stdout"

# ---- the container ----
expect_status 0 marten diff "$(cat id)"
expect_eq "$(grep -c . <<<"$out")$(grep -o '/made$' <<<"$out")" 1/made "what it changed"
expect_status 0 minc -t "$(cat id)" cat /made
expect_eq "$out" kept "the container without a machine"
# The plan of the run lies nowhere in the root.
expect_status 0 minc -t "$(cat id)" find / -xdev -name 'plan.json' -o -xdev -name machine
expect_eq "$out" "" "what of the machine lies in the root"

# ---- in the background, and stopped ----
board=microvm
if [ ! -e "$MINCS_ERMINE/x86_64-build" ]; then
    expect_status 125 minc --qemu --machine microvm -r "$BUSYBOX_ROOT" true
    expect_match "$err" 'finds no devices on a microvm' "the distribution's kernel there"
    board=pc
fi
# shellcheck disable=SC2016
expect_status 0 minc --qemu --machine $board -B --name box -r "$BUSYBOX_ROOT" sh -c 'trap "echo told; exit 9" TERM; echo up; while :; do sleep 0.1; done'
is_up() { marten logs box | grep -q '^up$'; }
wait_until 120 is_up
# More commands in it, up to a number; the places of those that were killed are free again.
pids=()
for number in $(seq 16); do
    marten exec box sh -c 'echo in; sleep 1000' >"in$number" &
    pids+=($!)
    track $!
done
are_in() { [ "$(cat in* | grep -c '^in$')" = "$1" ]; }
wait_until 60 are_in 16
expect_status 125 marten exec box true
expect_one_line_error marten
expect_match "$err" "runs 16 more commands already" "a seventeenth"
kill -KILL "${pids[@]}"
is_free() { marten exec box true 2>/dev/null; }
wait_until 60 is_free
expect_eq "$(marten exec box sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " " | grep -o "sleep [1]000"')" "" "what is left of them"
expect_status 0 marten stop -T 60 box
expect_status 0 marten wait box
expect_eq "$out" 9 "the status"
expect_eq "$(marten logs box | tail -n 1)" told "its last word"

# ---- what fails ----
mkdir -p "$SCRATCH/kits/x86_64-build"
echo '{"protocol":3,"arch":"x86_64","kind":"build","version":"0"}' >"$SCRATCH/kits/x86_64-build/ermine.json"
cp "$MINC" "$SCRATCH/kits/x86_64-build/kernel" 2>/dev/null || cp /bin/true "$SCRATCH/kits/x86_64-build/kernel"
: >"$SCRATCH/kits/x86_64-build/initramfs"
give "$SCRATCH/kits"
expect_status 125 env MINCS_ERMINE="$SCRATCH/kits" minc --qemu --accel tcg -r "$BUSYBOX_ROOT" true
expect_match "$err" 'minc: error: the machine has ended without a status; its console said last:' "a kernel that is none"
expect_status 125 env MINCS_ERMINE="$SCRATCH" minc --qemu -r "$BUSYBOX_ROOT" true
expect_match "$err" 'ermine-breeder' "no guest"
for wrong in "--usedev" "--debugfs" "-X" "--mem-limit 10m" "--ftrace script"; do
    # shellcheck disable=SC2086
    expect_status 2 minc --qemu $wrong -r "$BUSYBOX_ROOT" true
    expect_match "$err" '^minc: error: [^'$'\n'']+(machine|exclude)' "$wrong"
done
