#!/usr/bin/env bash
# as a user, too
# Access control lists (acl(5)) that name users and groups stay what the image says, through import, a run, commit and save,
# also where the kernel knows one user only; there a change of the mode is one of the list.
. "$(dirname "$0")/lib.sh"
command -v setfacl >/dev/null || skip "setfacl is not installed"

cp -a "$BUSYBOX_ROOT" tree
mkdir tree/dir
echo x | tee tree/data tree/narrow tree/dir/f >/dev/null
setfacl -m u:1234:rw,g:4321:r tree/data tree/narrow
setfacl -m u:1234:rwx,d:u:1234:rx,d:g:4321:r tree/dir
tar -C tree --acls --sort=name --numeric-owner -cf in.tar .
expect_status 0 marten import -q in.tar base
expect_status 0 marten verify -q base

# lists IMAGE: of the files in its last layer that have some
lists() {
    rm -rf unpacked && mkdir unpacked
    marten save -q -o image.tar "$1"
    tar -xOf image.tar "$(tar -xOf image.tar manifest.json | jq -r '.[0].Layers[-1]')" | { zcat -f || true; } >layer.tar
    python3 - <<'P'
import struct, tarfile
for member in tarfile.open("layer.tar"):
    for kind in ("access", "default"):
        value = member.pax_headers.get("SCHILY.xattr.system.posix_acl_" + kind)
        if value is not None and member.name.strip("./") in ("data", "narrow", "dir"):
            raw = value.encode("utf-8", "surrogateescape")
            entries = [struct.unpack_from("<HHI", raw, at) for at in range(4, len(raw), 8)]
            print(member.name.strip("./"), oct(member.mode), kind, *("%d:%d:%s" % (t, p, i if t in (2, 8) else "") for t, p, i in entries))
P
}
expect_status 0 minc --name work -r base sh -c 'echo y >>/data; chmod 604 /narrow; touch /dir; cat /data'
expect_eq "$out" $'x\ny'
expect_eq "$(marten diff --format '{kind} {path} {differs}' work | grep -v /dir)" $'C /data content,time\nC /narrow mode,xattrs'
marten commit -q work mine >/dev/null
expect_eq "$(lists mine | sort)" 'data 0o664 access 1:6: 2:6:1234 4:4: 8:4:4321 16:6: 32:4:
dir 0o775 access 1:7: 2:7:1234 4:5: 16:7: 32:5:
dir 0o775 default 1:7: 2:5:1234 4:5: 8:4:4321 16:5: 32:5:
narrow 0o604 access 1:6: 2:6:1234 4:4: 8:4:4321 16:0: 32:4:' "the lists"
# Sent on and taken in again, all is as it was.
marten save -q -o mine.tar mine
id=$(marten inspect --format '{id}' mine)
marten rm work && marten rmi mine base >/dev/null
expect_status 0 marten import -q mine.tar
expect_eq "$(marten inspect --format '{id}' mine)" "$id" "the image's ID"
expect_status 0 marten verify
