#!/usr/bin/env bash
# as a user, too
# control groups are handed over
# minc doctor tries what containers need, tells the remedy for what is missing, leaves nothing, and exits with 1 where no
# container can run.
. "$(dirname "$0")/lib.sh"

before=$(find "$SCRATCH" ! -name '.out' ! -name '.err' | sort)
started=$(date +%s%N)
expect_status 0 minc doctor
took=$((($(date +%s%N) - started) / 1000000))
[ "$took" -lt 5000 ] || fail "it took $took ms"
expect_eq "$err" ""
for line in clone3 namespaces seccomp Landlock 'file system squashfs' 'file system erofs' 'user namespaces' 'lent IDs' 'control groups' \
    /dev/fuse /dev/loop-control /dev/kvm guests binfmt_misc 'bridges and rules' 'pasta, slirp4netns' networks store overlay home; do
    expect_match "$out" $'\n'"?(ok|limited|missing) +$line  " "a line for $line"
done
expect_match "$out" $'\nok +overlay  '
if [ -n "${MINCS_TEST_USER:-}" ]; then
    expect_match "$out" $'\nok +control groups  .*handed over to this user: cpu.*, memory, pids'
fi
expect_match "$out" "minc can run containers here.\$"
case ${MINCS_TEST_IDS:-} in
lent) expect_match "$out" $'\nok +lent IDs  ' ;;
alone) expect_match "$out" $'\nlimited +lent IDs  .*remedy: .*usermod --add-subuids' ;;
esac
expect_eq "$(find "$SCRATCH" ! -name '.out' ! -name '.err' | sort)" "$before" "what it left"

# Each that is not ok tells a remedy, or what is so.
expect_eq "$(awk '/^(limited|missing)/ {n++} / remedy: / {n--} END {print n + 0}' <<<"$out")" 0 "lines without a remedy"

# What machines boot.
MINCS_ERMINE=$SCRATCH/none expect_status 0 minc doctor
expect_match "$out" $'\nmissing +guests  .*remedy: .ermine-breeder distro'
mkdir -p kits/um-distro && touch kits/um-distro/{kernel,initramfs}
echo '{"protocol":3,"arch":"um","kind":"distro","version":"6.1.7"}' >kits/um-distro/ermine.json
give kits
MINCS_ERMINE=$SCRATCH/kits expect_status 0 minc doctor
expect_match "$out" $'\nok +guests  +.--um. runs 6.1.7 \\(distro\\)'

# No place for a store: no container.
MINCS_DIR=/proc/nowhere/store expect_status 1 minc doctor
expect_match "$out" $'\nmissing +(store|overlay)  '
expect_match "$out" "minc cannot run containers here, for want of: (store|overlay)"

# An ordinary user who may make no user namespace.
if [ -n "${MINCS_TEST_USER:-}" ]; then
    unshare --user sleep 1000 &
    pid=$!
    track $pid
    is_apart() { [ "$(readlink /proc/$pid/ns/user)" != "$(readlink /proc/self/ns/user)" ]; }
    wait_until 5 is_apart
    echo "0 0 100000" | tee /proc/$pid/uid_map >/proc/$pid/gid_map
    without_namespaces() { nsenter --user --target $pid bash -c 'echo 0 >/proc/sys/user/max_user_namespaces && "$@"' - "$@"; }
    expect_status 1 without_namespaces minc doctor
    expect_match "$out" $'\n''missing +user namespaces  .*user.max_user_namespaces is 0'
    expect_match "$out" "remedy: 'sysctl user.max_user_namespaces=10000', as root"
fi

expect_status 2 minc doctor whatever
expect_one_line_error minc
expect_status 0 minc doctor --help
expect_match "$out" "^Usage: minc doctor"
expect_status 127 minc -r "$BUSYBOX_ROOT" -- doctor
