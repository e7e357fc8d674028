#!/usr/bin/env bash
# as a user, too
# What of the host a bundle shows is said when it is made (--home, --cwd, --net, --x11, --wayland, -b), and can be changed
# when it runs by POLECAT_ variables; as a user as well, and what it makes there belongs to the caller.
. "$(dirname "$0")/lib.sh"

mkdir -p here there run
echo shared >there/file
user=64324
chown $user here there run "$HOME"
show='pwd; echo "$HOME"; cat "$1" 2>/dev/null; ls /sys/class/net | paste -sd,; echo x >made 2>/dev/null'
make() { polecat --no-verify -f elf "$@" "$BUSYBOX_ROOT" sh -c "$show" sh >/dev/null 2>&1; }
make -o plain.run
make --home --cwd /tmp --net none -o all.run
as_user() { setpriv --reuid $user --regid $user --clear-groups "$@"; }

cd here
for as in '' as_user; do
    rm -f made
    expect_status 0 $as ../plain.run
    expect_match "$out" "^$SCRATCH/here"
    [ -e made ] || fail "the caller's directory cannot be written to"
    [ -z "$as" ] || expect_eq "$(stat -c %u made)" $user "the owner of what a user's bundle makes"
    rm -f made
    POLECAT_BIND=$SCRATCH/there:/shown expect_status 0 $as ../plain.run /shown/file
    expect_match "$out" 'shared'
    rm -f made
    POLECAT_CWD=/tmp POLECAT_HOME=1 POLECAT_NET=none expect_status 0 $as ../plain.run
    expect_eq "$out" "/tmp
$HOME
lo"
    [ ! -e made ] || fail "the caller's directory was shown in spite of POLECAT_CWD"
    expect_status 0 $as ../all.run
    expect_eq "$out" "/tmp
$HOME
lo"
    POLECAT_HOME=0 POLECAT_NET=host expect_status 0 $as ../all.run
    expect_no_match "$out" "$HOME"
done
POLECAT_BIND=relative expect_status 125 ../plain.run
expect_one_line_error polecat
POLECAT_BIND=/no-such-thing expect_status 125 ../plain.run
expect_one_line_error polecat

# A socket in place of a compositor; the X server's cookie and directory.
cd "$SCRATCH"
make() { polecat --no-verify -f elf "$@" "$BUSYBOX_ROOT" sh -c 'ls "$XDG_RUNTIME_DIR" 2>/dev/null; echo "$WAYLAND_DISPLAY|$DISPLAY"; cat "$XAUTHORITY" 2>/dev/null; true' >/dev/null 2>&1; }
make -o plain.run
make --x11 --wayland -o desktop.run
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' run/wayland-7
echo cookie >run/cookie
export XDG_RUNTIME_DIR=$SCRATCH/run WAYLAND_DISPLAY=wayland-7 DISPLAY=:7 XAUTHORITY=$SCRATCH/run/cookie POLECAT_CWD=/
expect_status 0 ./plain.run
expect_eq "$out" "|"
expect_status 0 ./desktop.run
expect_match "$out" 'wayland-7.*wayland-7\|:7.*cookie'
POLECAT_X11=0 POLECAT_WAYLAND=0 expect_status 0 ./desktop.run
expect_eq "$out" "|"
