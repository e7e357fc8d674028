#!/usr/bin/env bash
# as a user, too
# Layers that attack, from a real registry: each is refused by one line that names the entry, and the store is to the
# byte what it was.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

start_own_registry
mkdir tree outside && echo payload >tree/payload
tar -cf harmless.tar -C tree payload
push_tars harmless harmless.tar
expect_status 0 marten pull -q "$OWN/harmless"
store() { (cd "$MINCS_DIR" && find blobs layers staging containers -printf '%p %y %s %i\n' | sort && du -s --apparent-size blobs layers); }
store >before

# refused NAME REGEX: the image is refused so, and nothing is left of it
refused() {
    expect_status 1 marten pull -q "$OWN/$1"
    expect_one_line_error marten
    expect_match "$err" "$2" "$1: the error"
    store >after
    cmp -s before after || fail "$1: the store has changed: $(diff before after)"
    expect_eq "$(ls outside)" "" "$1: files outside of the store"
}
# evil NAME REGEX TAR-ARGUMENT...: with this tar as its second layer
evil() {
    local name=$1 regex=$2
    shift 2
    tar --format=posix -cPf evil.tar -C tree "$@"
    push_tars "$name" harmless.tar evil.tar
    refused "$name" "$regex"
}

evil dotdot "entry '../../../outside/x': names with '\.\.' are refused" \
    --transform='s,^payload,../../../outside/x,' payload
evil absolute "entry '$SCRATCH/outside/x': absolute" --transform="s,^payload,$SCRATCH/outside/x," payload
evil escapes "entry '\.\./new.nline.x1b\[31m': names" --transform=$'s,^payload,../new\\nline\e[31m,' payload
evil deep "entry '(d/)+[^']*': more than [0-9]+ directories deep" \
    --transform="s,^payload,$(printf 'd/%.0s' {1..5000})f," payload
evil whiteout "entry '\.wh\.\.\.': a whiteout must name" --transform='s,^payload,.wh...,' payload
evil opaque "entry 'payload': its attribute 'trusted.overlay.redirect' is overlayfs's own" \
    --pax-option=SCHILY.xattr.trusted.overlay.redirect:=x payload
evil opaque2 "entry 'payload': its attribute 'user.overlay.opaque' is overlayfs's own" \
    --pax-option=LIBARCHIVE.xattr.user.overlay.opaque:=eQ payload
evil owner "entry 'payload': its owner -?[0-9]+ is no user" --pax-option=uid:=4294967295 payload
evil size "(entry 'payload'|damaged)" --pax-option=size:=9223372036854775807 payload

ln -s "$SCRATCH/outside" tree/out
ln -s out/.. tree/chain
tar -cf links.tar -C tree out chain
tar -rf links.tar --transform='s,^payload,chain/outside/x,' -C tree payload
push_tars chain harmless.tar links.tar
refused chain "entry 'chain/outside/x': 'chain' is a symbolic link"

# By a link that stays inside as well: nothing is written through one.
ln -sfn etc tree/out
tar -cf links.tar -C tree out
tar -rf links.tar --transform='s,^payload,out/x,' -C tree payload
push_tars link harmless.tar links.tar
refused link "entry 'out/x': 'out' is a symbolic link"

# Of the second name the target is rewritten, not the name: a hard link to a file outside.
echo secret >secret
mkdir hard && echo x >hard/first && ln hard/first hard/stolen
tar -cPf evil.tar --transform='s,^first$,../../../secret,RSh' -C hard first stolen
push_tars hard harmless.tar evil.tar
refused hard "entry 'stolen': names with '\.\.'"
expect_eq "$(stat -c %h secret)" 1 "links of a file outside"

mknod tree/device c 0 0
evil device "entry 'device': a character device 0:0 is overlayfs's own" device
rm tree/device

truncate -s 4T tree/sparse
evil sparse "entry 'sparse': the layer's files have more than" --sparse sparse
rm tree/sparse

# push_blob NAME FILE: an image whose one layer is this file, which is said to be the harmless tar
push_blob() {
    local layout
    layout=$(mktemp -d)
    oci_init "$layout"
    cp "$2" "$layout/packed"
    push_layout "$layout" "$1" "$(oci_manifest "$layout" '"Cmd":["/bin/sh"]' amd64 \
        "application/vnd.oci.image.layer.v1.tar+gzip $(oci_blob "$layout" "$layout/packed") \
sha256:$(sha256sum <harmless.tar | cut -d' ' -f1)")"
}
gzip -n <harmless.tar >whole.gz
head -c -5 whole.gz >cut.gz && push_blob cut cut.gz
refused cut "cut off"
(head -c -8 whole.gz && printf '12345678') >crc.gz && push_blob crc crc.gz
refused crc "checksum does not match"
(cat whole.gz && echo garbage) >garbage.gz && push_blob garbage garbage.gz
refused garbage "garbage after the gzip stream"
tar -cf other.tar --transform='s,^payload,other,' -C tree payload
gzip -n <other.tar >other.gz && push_blob other other.gz
refused other "its? .*digest sha256:[0-9a-f]+ where the image's config says"
# Two members are one stream.
(head -c 1000 harmless.tar | gzip -n && tail -c +1001 harmless.tar | gzip -n) >two.gz && push_blob two two.gz
expect_status 0 marten pull -q "$OWN/two"
expect_status 0 marten verify -q
stop_own_registry
