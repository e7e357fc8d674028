#!/usr/bin/env bash
# as a user, too
# Layers whose tars alone do not say what they are: entries below directories that have no entry of their own, hard
# links to files of lower layers, a root that hides all that is below. They come out as on top of a whole root,
# differently on different stacks, and verify and repair know it.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"
. "$TESTS/fixtures/trees.sh"

# A root whose /bin is a link, and one whose /bin is a directory.
cp -a "$BUSYBOX_ROOT" linked && chown -R 0:0 linked
mkdir -p linked/usr/bin
mv linked/bin/* linked/usr/bin
rmdir linked/bin
ln -s usr/bin linked/bin
chmod 1777 linked/tmp
setfattr -n user.note -v kept linked/tmp
touch -d @1234567890 linked/tmp
cp -a "$BUSYBOX_ROOT" plain && chown -R 0:0 plain
chmod 0700 plain/tmp
pack() { # TAR ROOT NAME...: these names only, without the directories they are in
    tar --create --file "$1" --format=posix --pax-option=delete=atime,delete=ctime --xattrs --numeric-owner \
        --directory "${@:2}"
}
pack linked.tar linked .
pack plain.tar plain .

mkdir -p upper/bin upper/tmp
printf '#!/bin/sh\necho hello\n' >upper/bin/hello
chmod 755 upper/bin/hello
echo note >upper/tmp/note
pack implied.tar upper bin/hello tmp/note

# Hard links to a file that the tar does not have: by its own name, and by that of a link.
mkdir -p links/etc links/usr/bin links/bin
cp linked/etc/passwd links/etc
ln links/etc/passwd links/etc/again
pack links.tar links etc/passwd etc/again
tar --delete --file links.tar etc/passwd
cp linked/bin/busybox links/bin/busybox
ln links/bin/busybox links/bin/busybox2
pack box.tar links bin/busybox bin/busybox2
tar --delete --file box.tar bin/busybox
tar --concatenate --file links.tar box.tar

# Nothing of below is seen: a root of its own.
cp -a "$BUSYBOX_ROOT" alone && chown -R 0:0 alone
rm alone/etc/os-release
touch alone/.wh..wh..opq
pack alone.tar alone .wh..wh..opq bin dev etc proc root sys tmp usr var

start_own_registry
push_tars linked linked.tar implied.tar links.tar
push_tars plain plain.tar implied.tar
push_tars alone linked.tar implied.tar alone.tar
push_tars twice implied.tar plain.tar implied.tar
look() { expect_status 0 minc --rm -r "$@"; }

# is_right: what the images in this store show
is_right() {
    look linked stat -c '%F' /bin
    expect_eq "$out" "symbolic link" "/bin"
    look linked /usr/bin/hello
    expect_eq "$out" hello "a program below an implied directory"
    look linked stat -c '%a %u:%g %Y' /tmp
    expect_eq "$out" "1777 0:0 1234567890" "/tmp of the layer below"
    look linked stat -c '%h %i' /etc/passwd /etc/again
    expect_eq "$(cut -d' ' -f1 <<<"$out" | xargs)" "2 2" "names of a file that is linked"
    expect_eq "$(sort -u <<<"$out" | wc -l)" 1 "files"
    look linked /bin/busybox2 echo linked
    expect_eq "$out" linked "a program by its second name"

    look plain stat -c '%F %a' /bin /tmp
    expect_eq "$out" $'directory 755\ndirectory 700' "the same layer upon another stack"
    look plain hello
    expect_eq "$out" hello "a program in a directory of both layers"

    look alone sh -c 'ls /etc /usr/bin; test ! -e /tmp/note && test ! -e /bin/hello'
    expect_eq "$(xargs <<<"$out")" "/etc: group hosts passwd resolv.conf /usr/bin:" "what is above an opaque root"

    look twice stat -c '%F %a' /bin /tmp
    expect_eq "$out" $'directory 755\ndirectory 700' "a layer that is above and below"
    expect_status 0 marten verify
    expect_eq "$out" "" "what verify says of a healthy store"
    expect_whole_store
}

for name in linked plain alone twice; do
    expect_status 0 marten pull -q "$OWN/$name"
done
is_right
ls "$MINCS_DIR/layers" >pulled
implied=$(sha256sum <implied.tar | cut -d' ' -f1)
expect_eq "$(marten li --layers --format '{diff_id} {layer}' | grep -c "^sha256:$implied")" 4 \
    "places of a layer that depends on what is below"

# A layer of such a stack is not to be mistaken for one that stands by itself, whatever came first.
for order in "plain linked twice" "twice plain linked"; do
    export MINCS_DIR=$SCRATCH/other
    for name in $order alone; do expect_status 0 marten pull -q "$OWN/$name"; done
    is_right
    expect_eq "$(ls "$MINCS_DIR/layers")" "$(cat "$SCRATCH/pulled")" "keys, in another order of pulls"
    rm -rf --one-file-system "$MINCS_DIR"
done

# From archives it is the same.
for name in linked plain alone twice; do
    skopeo copy --quiet --insecure-policy --src-tls-verify=false "docker://$OWN/$name:latest" \
        "oci-archive:$name.tar.oci:$name"
    expect_status 0 marten import -q "$name.tar.oci" "$name"
done
is_right
expect_eq "$(ls "$MINCS_DIR/layers")" "$(cat pulled)" "keys of what was imported"
rm -rf --one-file-system "$MINCS_DIR"
export MINCS_DIR=$SCRATCH/store

# What was sent comes back.
manifest() { skopeo inspect --raw --tls-verify=false "docker://$OWN/$1" | sha256sum; }
expect_status 0 marten push -q linked "$OWN/linked-again"
expect_eq "$(manifest linked-again)" "$(manifest linked)" "the manifest after pull and push"
expect_status 0 marten save -q -f oci-archive -o saved.tar linked
expect_eq "$(skopeo inspect --raw oci-archive:saved.tar | sha256sum)" "$(manifest linked)" "the saved manifest"
expect_status 0 marten diff linked "$OWN/linked"
expect_eq "$out" "" "an image's differences from itself"
container=$(minc --cidfile cid -r linked sh -c 'echo more >/bin/new' && cat cid)
expect_status 0 marten commit -q "$container" committed
look committed cat /usr/bin/new
expect_eq "$out" more "a file that was made behind the link"
expect_status 0 marten rm "$container"
expect_status 0 marten rmi committed

# The same as umoci, which unpacks one layer upon the other into one root; of the root itself each layer says what it
# is, or else nothing.
if command -v umoci >/dev/null; then
    for name in linked plain; do
        skopeo copy --quiet --insecure-policy --src-tls-verify=false "docker://$OWN/$name:latest" oci:layout:latest
        umoci_tree "$SCRATCH/layout"
        expect_status 0 marten export "$name" -o "$SCRATCH/exported.tar"
        mkdir exported && tar -xf exported.tar --numeric-owner --xattrs --xattrs-include='*' -C exported
        different=$(differences exported umoci/rootfs | grep -v '^[<>] entry|\.|directory|' || true)
        expect_eq "$different" "" "$name: differences from umoci"
        rm -rf exported umoci layout
    done
fi

# ---- damage ----

key_on() { # NAME: the layer of this image that has implied.tar's DiffID
    marten inspect "$1" | tr -d ' \n' | grep -o "\"diff_id\":\"sha256:$implied\"[^{}]*\"key\":\"[0-9a-f]*" |
        grep -o '[0-9a-f]*$'
}
layer=$MINCS_DIR/layers/$(key_on linked)
copied=$(dirname "$(ls -d "$MINCS_DIR"/layers/*/etc/again)")/..
copied=$(realpath "$copied")
touch -r "$layer/usr/bin" stamp
rm "$layer/usr/bin/hello"
touch -r stamp "$layer/usr/bin"
chmod 0755 "$layer/tmp"
touch -r "$copied/etc/again" stamp
echo x | dd of="$copied/etc/again" bs=1 count=1 conv=notrunc status=none
touch -r stamp "$copied/etc/again"
plain_inode=$(stat -c %i "$MINCS_DIR/layers/$(key_on plain)")

expect_status 1 marten verify linked
expect_match "$out" "layer ${layer: -64:12}: 'usr/bin/hello' is missing" "a missing file"
expect_match "$out" "layer ${layer: -64:12}: 'tmp' mode is 0755 instead of 1777" "a mode from below"
expect_match "$err" "layer ${copied: -64:12} is not looked at: it depends on the layer ${layer: -64:12}" \
    "what stands on a damaged one"
expect_status 0 marten verify plain
expect_status 0 marten verify --repair
expect_match "$out" "layer ${layer: -64:12}: unpacked anew" "the repair"
expect_match "$out" "layer ${copied: -64:12}: 'etc/(again|passwd)' content differs" "a copied file"
expect_match "$out" "layer ${copied: -64:12}: unpacked anew" "the repair of what stands on it"
expect_eq "$(stat -c %i "$MINCS_DIR/layers/$(key_on plain)")" "$plain_inode" "the same layer elsewhere"
is_right

# That nothing below a layer is seen stands in the database alone, for overlayfs.
python3 -c 'import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("UPDATE layers SET opaque = 1 - opaque WHERE opaque = 1")
store.commit()' "$MINCS_DIR/mincs.db"
look alone cat /tmp/note
expect_eq "$out" note "what should be hidden"
expect_status 1 marten verify alone
expect_match "$out" "the database says that the layers below it are seen" "a wrong row"
expect_status 0 marten verify --repair alone
is_right

# All goes away again, and what another stack needs stays.
expect_status 0 marten rmi linked twice
wait_for_deletion
expect_status 0 marten verify
look plain hello
expect_eq "$out" hello "the other stack"
expect_status 0 marten rmi plain alone
wait_for_deletion
expect_eq "$(ls "$MINCS_DIR/layers")" "" "layers that are left"

# ---- refused ----

# What is copied from below counts as well: the tars alone are just as large as allowed.
tars=$(cat linked.tar implied.tar links.tar | wc -c)
expect_status 1 marten pull -q --max-size "$tars" "$OWN/linked"
expect_one_line_error marten
expect_match "$err" "which --max-size allows" "an image that grows over the limit on its stack"
expect_status 0 marten pull -q --max-size "$((tars + $(stat -c %s linked/bin/busybox linked/etc/passwd | paste -sd+)))" \
    "$OWN/linked"
expect_status 0 marten rmi linked
wait_for_deletion

printf 'x' >upper/nowhere
tar --create --file nothing.tar --format=posix -C upper nowhere
ln upper/nowhere upper/linked
tar --create --file nothing.tar --format=posix -C upper nowhere linked
tar --delete --file nothing.tar nowhere
push_tars nothing linked.tar nothing.tar
expect_status 1 marten pull -q "$OWN/nothing"
expect_one_line_error marten
expect_match "$err" "layer [0-9a-f]{12}: entry 'linked': its hard link's target 'nowhere' is neither" \
    "a link to nothing"
expect_eq "$(cd "$MINCS_DIR" && ls layers staging partial/sha256 blobs/sha256 | grep -v ':$' | xargs)" "" \
    "what is left of a refused image"
stop_own_registry
