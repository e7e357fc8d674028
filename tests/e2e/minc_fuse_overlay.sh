#!/usr/bin/env bash
# as a user of either kind, only
# resource: fuse-overlayfs
# On a kernel that makes no overlay in a user namespace, fuse-overlayfs serves the container's root: diff, commit, cp,
# export and save tell the same of it as of one with an overlay, while it runs, afterwards and after a kill; each kind
# reads what the other left; nothing of it stays. Without fuse-overlayfs, layer is copied upon layer.
. "$(dirname "$0")/lib.sh"
command -v fuse-overlayfs >/dev/null || skip "fuse-overlayfs is not installed"
[ -e /dev/fuse ] || skip "there is no /dev/fuse"

refused() { "$NO_OVERLAY" "$@"; }
has_ended() { ! pgrep -u "$MINCS_TEST_USER" -x fuse-overlayfs >/dev/null; }
cp -a "$BUSYBOX_ROOT" tree
mkdir -p tree/data/dir tree/data/gone tree/data/onto
echo old | tee tree/data/changed tree/data/same tree/data/dir/f tree/data/gone/f tree/data/onto/f tree/data/twice >/dev/null
ln tree/data/twice tree/data/other
give tree
marten import -q tree first >/dev/null
# Layers that remove and hide something, for what is to be seen through.
minc --name below -r first sh -c 'rm -r /data/onto; mkdir /data/onto; echo z >/data/onto/z; rm /data/same; echo again >/data/same'
marten commit -q below base >/dev/null
marten rm below

# ---- told the same as of an overlay ----
work='cd /data; echo new >changed; rm -r gone; chmod 600 same; rm -r dir; mkdir dir; echo x >dir/new; mkdir -p made/deep; rm twice
mkfifo pipe; ln -s a link; mv other moved; touch -d @1000 dir'
described() { "${@:2}" marten diff --format '{kind} {path} {mode} {uid}:{gid} {differs}' "$1"; }
exported() {
    "${@:2}" marten export -q -o exported.tar "$1"
    tar -tvf exported.tar --numeric-owner | awk '{print $1, $2, $6, $7, $8}' | sort
    rm exported.tar
}
# look NAME KIND HOW...: what marten says
look() {
    described "$1" "${@:3}" >"diff.$2"
    exported "$1" "${@:3}" >"tree.$2"
}
expect_status 0 minc --name kernel -r base sh -c "$work"
expect_eq "$err" ""
look kernel kernel env
expect_status 0 refused minc --name fuse -r base sh -c "$work; cat onto/z same; ls onto"
expect_eq "$out" $'z\nagain\nz'
expect_match "$err" "^minc: warning: this kernel makes no overlay in a user namespace, so fuse-overlayfs serves"
expect_eq "$(wc -l <<<"$err")" 1 "lines of it"
look fuse fuse env
look fuse both refused
for what in diff tree; do
    [ -s $what.kernel ] || fail "there is nothing in $what"
    for kind in fuse both; do cmp $what.kernel $what.$kind || fail "$(diff $what.kernel $what.$kind)"; done
done
upper=$(marten inspect --format '{upper}' fuse)
expect_eq "$(find "$upper" -name '.wh.*')" "" "files of fuse-overlayfs's own"
expect_eq "$(getfattr --absolute-names -hRdm 'user\.fuseoverlayfs' "$upper")" "" "its attributes"
for kind in kernel fuse; do
    marten commit -q $kind image:$kind >/dev/null
    marten diff --format '{kind} {path} {mode} {uid}:{gid} {differs}' image:$kind >layer.$kind
    cmp diff.kernel layer.$kind || fail "the layer is not what was changed: $(diff diff.kernel layer.$kind)"
    marten save -q -o save.$kind.tar image:$kind
done
expect_status 0 marten verify
# Times too, where the work has set them. A new directory hides nothing, which fuse-overlayfs says all the same.
named() {
    tar -xOf "$1" "$(tar -xOf "$1" manifest.json | jq -r '.[0].Layers[-1]')" | { zcat -f || true; } |
        tar -tv --full-time --numeric-owner | grep -v 'made/.*\.wh\.' | tr -s ' ' | sed -E "/ 1970-/! s/ [0-9]{4}-[^ ]* [^ ]*/ now/"
}
named save.kernel.tar >names.kernel
named save.fuse.tar >names.fuse
expect_match "$(cat names.fuse)" ' 1970-01-01 00:16:40 data/dir/'$'\n'
cmp names.kernel names.fuse || fail "$(diff names.kernel names.fuse)"

# ---- each kind goes on with what the other left, and says nothing the second time ----
more='cd /data; cat changed moved; ls dir onto; rm dir/new; mkdir gone; echo 2 >gone/2; ls gone'
for container in kernel fuse; do
    for how in refused env refused; do
        expect_status 0 $how minc -t $container sh -c "$more; rm -r gone; echo x >dir/new"
        expect_eq "$out" $'new\nold\ndir:\nnew\n\nonto:\nz\n2' "what $container sees with $how"
    done
    expect_eq "$err" "" "what is said the second time"
done
described fuse env >diff.again
cmp diff.kernel diff.again || fail "$(diff diff.kernel diff.again)"
echo in >in && give in
for how in refused env; do
    expect_status 0 $how marten cp in fuse:/data/dir/$how
    expect_eq "$($how marten cp fuse:/data/dir/$how - | tar -xO)" in
done
expect_eq "$(refused minc -t kernel stat -c %Y /data/onto/z)" "$(minc -t kernel stat -c %Y /data/onto/z)" "a time"

# ---- while it runs, in the background, by exec; and after a kill ----
refused minc -B --name live -r base sh -c "$work; echo there >ready; sleep 1000" >/dev/null 2>&1
wait_until 20 marten exec live test -e /data/ready
expect_eq "$(described live refused | grep -v ready)" "$(cat diff.kernel)" "changes of one that runs"
refused marten commit -q live image:live 2>/dev/null >/dev/null
expect_eq "$(marten diff --format '{kind} {path} {mode} {uid}:{gid} {differs}' image:live | grep -v ready)" "$(cat diff.kernel)" "its layer"
expect_eq "$(exported live refused | grep -v ready)" "$(cat tree.kernel)" "its tree"
expect_eq "$(marten exec live cat /data/changed)" new
# A kill of minc ends the container, and that its server.
is_stopped() { [ "$(marten inspect --format '{running}' live)" = false ]; }
kill -KILL "$(ps -o ppid= -p "$(marten inspect --format '{pid}' live)" | tr -d ' ')"
wait_until 20 is_stopped
wait_until 20 has_ended
expect_eq "$(described live env | grep -v ready)" "$(cat diff.kernel)" "changes of one that was killed"
expect_status 1 minc -t live sh -c 'cat /data/changed /data/dir/*; ls /data/gone'
expect_eq "$out" $'new\nx'
# Without its server it cannot be.
refused minc --rm -r base sh -c 'echo up; sleep 1000' >up 2>said &
track $!
wait_until 20 test -s up
pkill -KILL -u "$MINCS_TEST_USER" -x fuse-overlayfs
status=0
wait $! || status=$?
expect_eq "$status" 137 "its status"
expect_match "$(cat said)" "what serves the container's files has ended, and so does the container"
# Once more; and what is said of it.
marten rm live
expect_status 0 refused minc --name again -r base sh -c 'echo $((1 + $(cat /n || echo 0))) >/n; cat /n'
expect_status 0 refused marten start again
expect_eq "$(marten wait again) $(marten logs again)" "0 2"
expect_status 0 refused minc doctor
expect_match "$out" $'\nlimited +overlay  .*fuse-overlayfs serves containers'

# ---- the host's own root ----
expect_status 0 refused minc -k --name host sh -c 'rm /usr/bin/env; echo new >/etc/made; echo x >/var/tmp/made; ls /home >/dev/null; cat /etc/made'
expect_eq "$out" new
expect_match "$err" "^minc: warning: this kernel makes no overlay in a user namespace, so fuse-overlayfs serves"
expect_eq "$(wc -l <<<"$err")" 1 "lines of it"
[ -e /usr/bin/env ] && [ ! -e /var/tmp/made ] || fail "the host was changed"
for how in env refused; do
    expect_eq "$($how marten diff host | grep -v '^C /[a-z]*$')" $'A /etc/made\nC /usr/bin\nD /usr/bin/env\nC /var/tmp\nA /var/tmp/made' "what was changed, by $how"
done
expect_status 0 minc -t host sh -c '[ ! -e /usr/bin/env ] && cat /var/tmp/made'
expect_eq "$out" x
marten rm host
# What is a long command is known under another name when it ends.
expect_status 0 refused minc --rm sh -c 'sleep 1; id -u'
expect_eq "$(wc -l <<<"$err")" 1 "lines of it"

# ---- without fuse-overlayfs ----
without() { refused unshare --mount sh -c 'mount --bind /dev/null "$(command -v fuse-overlayfs)" && exec "$@"' - "$@"; }
expect_status 0 without minc --name copy -r base sh -c "$work; cat onto/z same; ls onto"
expect_eq "$out" $'z\nagain\nz'
expect_match "$err" "^minc: warning: this kernel makes no overlay in a user namespace, so the container gets a copy"
expect_eq "$(described copy env)" "$(cat diff.kernel)" "changes in the copy"
expect_eq "$(exported copy without)" "$(cat tree.kernel)" "its tree"
expect_status 1 without marten diff copy
expect_match "$err" "hint: Debian's package fuse-overlayfs"
expect_status 125 without minc true
expect_one_line_error minc
expect_match "$err" "hint: the package fuse-overlayfs, or Linux 5.11, would do; 'minc -r' with an image or a directory works"
expect_status 0 without minc doctor
expect_match "$out" $'\nlimited +overlay  .*copy of their root.* remedy: the package fuse-overlayfs'
expect_eq "$(ls "$MINCS_DIR/containers" | wc -l)" 4 "containers left"
has_ended || fail "a fuse-overlayfs is left"
