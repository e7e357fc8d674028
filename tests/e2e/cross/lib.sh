# For scripts about programs of another machine: `. "$(dirname "$0")/lib.sh"`. $ARM_ROOT is a busybox for arm64, from
# Debian's package, fetched with an apt configuration of its own, so that nothing of this machine's dpkg is touched.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
command -v qemu-aarch64-static >/dev/null || skip "qemu-user-static is not installed"
[ "$(uname -m)" = x86_64 ] || skip "the programs of another machine are arm64's here"

# fetch_busybox ARCH: the static busybox of that architecture goes to standard output.
fetch_busybox() {
    local unpacked=$SCRATCH/busybox-$1
    "$SOURCE_TREE/scripts/foreign-packages" "$1" "$unpacked" busybox-static || return 1
    cat "$unpacked/bin/busybox"
    rm -r "$unpacked"
}

# make_root DIRECTORY BUSYBOX
make_root() {
    local applet
    mkdir -p "$1"/{bin,dev,etc,proc,root,sys,tmp}
    cp "$2" "$1/bin/busybox"
    chmod 755 "$1/bin/busybox"
    for applet in sh cat echo id kill ls mount nc readlink sleep timeout true uname; do ln -s busybox "$1/bin/$applet"; done
    printf 'root:x:0:0:root:/root:/bin/sh\nalice:x:1234:1235:Alice:/:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\nalice:x:1235:\n' >"$1/etc/group"
}

# Fetched once a build tree.
cache=$(dirname "$DEBIAN_ROOT")
if [ ! -s "$cache/busybox-arm64" ]; then
    fetch_busybox arm64 >"$SCRATCH/busybox" || skip "there is no busybox-static for arm64 to be had"
    [ -s "$SCRATCH/busybox" ] || skip "there is no busybox-static for arm64 to be had"
    cp "$SCRATCH/busybox" "$SCRATCH/busybox.whole"
    mv "$SCRATCH/busybox.whole" "$cache/busybox-arm64" 2>/dev/null || true
fi
ARM_ROOT=$SCRATCH/arm
if [ -s "$cache/busybox-arm64" ]; then make_root "$ARM_ROOT" "$cache/busybox-arm64"; else make_root "$ARM_ROOT" "$SCRATCH/busybox"; fi
give "$ARM_ROOT"

# The host's own table of binary formats, where it can be seen.
host_formats() { ls -A /proc/sys/fs/binfmt_misc 2>/dev/null || true; }
FORMATS_BEFORE=$(host_formats)
