#!/usr/bin/env bash
# not as a user: it is about the machine's own root, which is root's
# snapshot makes an image of "/": without what is mounted below it, what the next boot makes anew, and the store
# itself. On a btrfs that has the store as well it reads a snapshot. "/" is a small tree here, entered by chroot.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

# small_root DIRECTORY: a root in which marten runs
small_root() {
    cp -a "$BUSYBOX_ROOT/." "$1"
    mkdir -p "$1"/{store,libs,run/x,home,tmp/x,srv,work,opt}
    echo data | tee "$1"/{run/x,tmp/x,srv,home}/f >/dev/null
    chmod 4755 "$1/srv/f"
    touch "$1/marten"
    mount --bind "$MARTEN" "$1/marten"
    mount --bind "$(dirname "$(ldd "$MARTEN" | grep -oE '/[^ ]*/libc\.so\.6')")" "$1/libs"
    # Mounts of which nothing is to be seen: of another file system, and of the same one.
    mount -t tmpfs -o mode=755 mincs-test "$1/home"
    mount --bind "$1/srv" "$1/opt"
    mount -t proc proc "$1/proc"
}
snapshot() {
    MINCS_DIR=/store chroot "$1" "/libs/$(ls "$1/libs" | grep ^ld-linux | head -1)" --library-path /libs /marten --debug snapshot -q frozen
}
leave() { umount "$1"/{home,opt,proc,libs,marten}; }

# expect_snapshot ROOT: of the image in its store
expect_snapshot() {
    export MINCS_DIR=$1/store
    expect_eq "$(marten li --format '{name}')" localhost/frozen:latest
    expect_whole_store
    local layer
    layer=$MINCS_DIR/layers/$(ls "$MINCS_DIR/layers")
    expect_eq "$(find "$layer"/{run,tmp,proc,sys,dev,home,opt,srv} -mindepth 1 -printf '%P %m\n' | sort)" "f 4755
f 644"
    expect_eq "$(cat "$layer/home/f")" data "what lies below a mount"
    expect_eq "$(ls "$layer/store" 2>&1 || true)" "ls: cannot access '$layer/store': No such file or directory"
    expect_eq "$(stat -c %s "$layer/marten")" 0 "what a mount covers"
    expect_status 0 minc --rm -r frozen cat /srv/f
    expect_eq "$out" data
}

mkdir plain
small_root "$PWD/plain"
run snapshot plain
leave "$PWD/plain"
expect_eq "$status" 0 "status of snapshot ($err)"
expect_match "$err" 'as it is' "--debug"
expect_snapshot "$PWD/plain"

command -v mkfs.btrfs >/dev/null && grep -qw btrfs /proc/filesystems || exit 0
truncate -s 120M disk
mkfs.btrfs -q disk >/dev/null 2>&1
mkdir btrfs
mount -o loop disk btrfs
status=0
(
    small_root "$PWD/btrfs"
    run snapshot btrfs
    leave "$PWD/btrfs"
    expect_eq "$status" 0 "status of snapshot ($err)"
    expect_match "$err" 'a btrfs snapshot' "--debug"
    expect_snapshot "$PWD/btrfs"
    expect_eq "$(btrfs subvolume list btrfs)" "" "subvolumes left"
    # A "/" that is no subvolume: each file by a reflink.
    mkdir btrfs/below && small_root "$PWD/btrfs/below"
    run snapshot btrfs/below
    leave "$PWD/btrfs/below"
    expect_eq "$status" 0 "status of snapshot ($err)"
    expect_match "$err" '[1-9][0-9]* files were read from reflinks' "--debug"
    expect_snapshot "$PWD/btrfs/below"
    rm -rf --one-file-system btrfs/below
    export MINCS_DIR=$PWD/btrfs/store
    # What one leaves that is killed.
    mkdir "$MINCS_DIR/staging/dead"
    btrfs subvolume snapshot btrfs "$MINCS_DIR/staging/dead/frozen" >/dev/null
    expect_status 0 marten tag frozen again
    wait_for_deletion
    expect_eq "$(btrfs subvolume list btrfs)" "" "subvolumes left of a killed one"
) || status=$?
umount btrfs
exit "$status"
