#!/usr/bin/env bash
# not as a user: podman's and umoci's trees are root's
# marten, podman and umoci make the same trees of an image of oddities, but for what is listed here with its reason.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/trees.sh"
. "$SOURCE_TREE/scripts/oci-layout.sh"
for tool in podman umoci; do command -v "$tool" >/dev/null || skip "there is no $tool"; done

# layer LAYOUT DIRECTORY [NAME...]: everything that GNU tar can tell about the directory.
layer() {
    local layout=$1 directory=$2 digest
    shift 2
    tar --create --file layer.tar --directory "$directory" --sort=name --numeric-owner --format=posix --sparse \
        --acls --xattrs --xattrs-include='*' "${@:-.}"
    digest=sha256:$(sha256sum layer.tar | cut -d' ' -f1)
    echo "application/vnd.oci.image.layer.v1.tar $(oci_blob "$layout" layer.tar) $digest"
}
age() { find "$@" -exec touch --no-dereference --date=@1400000000.5 {} +; }

mkdir lowest && cd lowest
mkdir -m 1777 tmp
mkdir -m 2750 -p deep/er
mkdir -m 0 locked
echo x >deep/er/file
ln deep/er/file linked
ln linked deep/third
ln -s ../../nowhere dangling
ln dangling linked-link
mkfifo -m 620 pipe
mknod null c 1 3
mknod block b 7 200
truncate -s 3M sparse && printf data | dd of=sparse bs=1 seek=1000000 conv=notrunc status=none
truncate -s 1M hole
for name in $'raw\377\376' $'e\314\201' $'new\nline' ' space ' 'back\slash' -- '#'; do echo z >"./$name"; done
long=$(printf 'n%.0s' {1..250})
mkdir -p "$long/$long"
echo long >"$long/$long/$long"
ln "$long/$long/$long" hard
ln -s "$long/$long" soft
echo y >special
chown 1000:70000 special
chmod 6751 special
setcap cap_net_bind_service=ep special
setfattr -n user.note -v hello special
setfattr -n user.empty deep
setfattr -n user.bytes -v 0x00ff0a deep/er
# user::rw- user:1000:r-- group::r-- group:70000:rw- mask::rw- other::r--
acl=0x0200000001000600ffffffff02000400e803000004000400ffffffff080006007011010010000600ffffffff20000400ffffffff
echo acl >acl
setfattr -n system.posix_acl_access -v "$acl" acl
mkdir heirs && echo h >heirs/heir
setfattr -n system.posix_acl_default -v "$acl" heirs
mkdir -p gone/with/all opaque/old to-file/x
echo f | tee to-directory gone/file link-in-two-layers >/dev/null
ln link-in-two-layers its-other-name
ln -s deep link-to-file
ln -s deep link-to-directory
age .
touch --date='1965-02-03 04:05:06.25' ancient
touch --date='2001-02-03 04:05:06.789012345' deep tmp
touch --date='2200-01-01' future

mkdir ../middle && cd ../middle
touch .wh.gone
mkdir opaque to-directory deep link-to-directory
touch opaque/.wh..wh..opq
echo new | tee opaque/new to-file link-to-file deep/added link-to-directory/file link-in-two-layers >/dev/null
chmod 700 deep
age .

# The last layer names no directory but one, as some builders do.
mkdir ../upper && cd ../upper
mkdir -p opaque deep/er fresh
touch opaque/.wh.new opaque/.wh.never-was
echo back | tee gone deep/er/named fresh/named >/dev/null
age .
cd ..

oci_init layout
oci_finish layout application/vnd.oci.image.manifest.v1+json $(oci_manifest layout '"Cmd":["/bin/sh"]' amd64 \
    "$(layer layout lowest)" "$(layer layout middle)" \
    "$(layer layout upper ./gone ./opaque ./deep/er/named ./fresh/named)")
marten_tree "$SCRATCH/layout"
[ "$(find marten | wc -l)" -gt 40 ] || fail "the image is not all there"

# What podman makes of it, line by line ("<" is marten's):
podman_tree "$SCRATCH/layout"
{
    # A file inherits the default ACL of the directory it is put into, though the tar has none for it.
    echo "> attribute|heirs/heir|system.posix_acl_access=${acl/10000600/10000400}"
    # Its times begin in 1970.
    echo '< entry|./ancient|regular file|mode 644|owner 0:0|size 0|time -154900493.750000000|device 0:0'
    echo '> entry|./ancient|regular file|mode 644|owner 0:0|size 0|time 0.000000000|device 0:0'
    # A directory that a layer only implies is a new one there, made just now. Here it is the one of the layers below, or
    # has the same time always (docs/decisions.md).
    echo '< attribute|deep/er|user.bytes=0x00ff0a'
    echo '< entry|./deep/er|directory|mode 2750|owner 0:0|size -|time 1400000000.500000000|device 0:0'
    echo '< entry|./deep|directory|mode 700|owner 0:0|size -|time 1400000000.500000000|device 0:0'
    echo '< entry|./fresh|directory|mode 755|owner 0:0|size -|time 0.000000000|device 0:0'
    for name in ./deep/er ./deep ./fresh; do
        echo "> entry|$name|directory|mode 755|owner 0:0|size -|time now|device 0:0"
    done
    # And the root directory is its own.
    echo '< entry|.|directory|mode 755|owner 0:0|size -|time 0.000000000|device 0:0'
    echo '> entry|.|directory|mode 555|owner 0:0|size -|time now|device 0:0'
} | sort >expected
(differences marten "$podman_root" || true) | sort >differences
diff expected differences || fail "these differences from podman are other ones than expected"

# umoci unpacks one layer over the other; what is nobody's has the time of now.
umoci_tree "$SCRATCH/layout"
{
    echo '< entry|./fresh|directory|mode 755|owner 0:0|size -|time 0.000000000|device 0:0'
    echo '> entry|./fresh|directory|mode 755|owner 0:0|size -|time now|device 0:0'
    echo '< entry|.|directory|mode 755|owner 0:0|size -|time 0.000000000|device 0:0'
    echo '> entry|.|directory|mode 755|owner 0:0|size -|time now|device 0:0'
} | sort >expected
(differences marten umoci/rootfs || true) | sort >differences
diff expected differences || fail "these differences from umoci are other ones than expected"
remove_trees
