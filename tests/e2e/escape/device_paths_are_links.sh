#!/usr/bin/env bash
# as a user, too
# CVE-2025-31133, CVE-2025-52565, CVE-2025-52881 and their family: an image ships the places that a runner mounts on, masks
# with or opens (/dev/null, /dev/console, /dev/pts/0, /proc/sysrq-trigger) as links to the host, or as other things than
# they should be. What matters is the host's canary, and that /proc is proc and /dev/null the null device.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

mkdir canary canary/dir
echo alive >canary/file
cp -a "$BUSYBOX_ROOT" plain
rm -rf plain/dev plain/proc plain/sys
state() { find canary -printf '%p %y %m %u %s %T@ %C@\n' -exec cat {} \; 2>/dev/null | sha256sum; }
before=$(state)
look='echo x >/dev/null; echo x 2>/dev/null >/dev/console; echo x 2>/dev/null >/proc/sysrq-trigger
stat -f -c %T /proc; stat -c "%F %t:%T" /dev/null; cat /dev/null /proc/kcore 2>/dev/null | head -c 20'

# try WHAT: the root as it is now, in all ways of starting.
try() {
    run minc -r ./root sh -c "$look" </dev/null
    check "$1"
    run minc -r ./root --read-only sh -c "$look" </dev/null
    check "$1, --read-only"
    run run_in_terminal minc -r ./root sh -c "$look"
    check "$1, on a terminal"
    run minc -D -r ./root sh -c "$look" </dev/null
    check "$1, -D"
}
check() {
    expect_eq "$(state)" "$before" "the host's files after $1"
    expect_no_match "$out" alive "what was read after $1"
    if [ "$status" = 125 ] || [ "$status" = 127 ]; then # refused: then before the command ran
        expect_no_match "$out" "character special" "what was said after $1"
    else
        expect_match "$out" $'proc\ncharacter special file 1:3' "/proc and /dev/null after $1"
    fi
}

fresh() {
    rm -rf --one-file-system root
    cp -a plain root
}
fresh
try "a root without any of them"
for victim in dev/null dev/console dev/pts dev/pts/0 dev/pts/ptmx dev/ptmx dev/shm dev/mqueue dev/fd dev/tty proc/sysrq-trigger proc/sys \
    proc/kcore proc/self; do
    fresh
    mkdir -p "root/$(dirname $victim)"
    case $victim in dev/pts | dev/shm | dev/mqueue | proc/sys) target=$PWD/canary/dir ;; *) target=$PWD/canary/file ;; esac
    ln -s "$target" "root/$victim"
    try "/$victim as a link"
done
for victim in dev proc sys dev/pts etc/resolv.conf etc/hosts; do
    for kind in file fifo; do
        fresh
        rm -rf "root/$victim"
        mkdir -p "root/$(dirname $victim)"
        if [ $kind = file ]; then echo shipped >"root/$victim"; else mkfifo "root/$victim"; fi
        try "/$victim as a $kind"
    done
done
# A parent that is a link, and one that leads round in a circle.
fresh && ln -s "$PWD/canary" root/dev && try "/dev as a link"
fresh && ln -s ../../../../../../../../.."$PWD/canary" root/dev && try "/dev as a link with .."
fresh && ln -s dev root/dev && try "/dev as a circle"
