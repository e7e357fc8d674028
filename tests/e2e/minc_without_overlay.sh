#!/usr/bin/env bash
# as a user, only
# A store on a file system that can be no overlay's upper directory (here: on another overlay): the container runs on a
# copy of its root, says so once, and diff, commit, cp, export and save tell the same of it as of one with an overlay.
. "$(dirname "$0")/lib.sh"

mkdir low up work on
mount -t overlay -o "lowerdir=$PWD/low,upperdir=$PWD/up,workdir=$PWD/work" none on
unmount() {
    local status=$?
    trap - ERR
    set +e # else a status that is not 0 ends the trap here
    umount "$SCRATCH/on"
    return "$status"
}
trap 'unmount; clean_up' EXIT
mkdir on/store
give on/store
usual=$MINCS_DIR odd=$PWD/on/store

cp -a "$BUSYBOX_ROOT" tree
mkdir -p tree/data/dir tree/data/gone
echo old | tee tree/data/changed tree/data/same tree/data/dir/f tree/data/gone/f tree/data/twice >/dev/null
ln tree/data/twice tree/data/other
give tree
work='cd /data; echo new >changed; rm -r gone; chmod 600 same; rm -r dir; mkdir dir; echo x >dir/new; rm twice; mkfifo pipe; ln -s a link; mv other moved'
both() { for MINCS_DIR in "$usual" "$odd"; do "$@"; done; }
both marten import -q tree base >/dev/null

export MINCS_DIR=$odd
expect_status 0 minc --name nothing -r base true
expect_match "$err" "^minc: warning: the file system of '[^']*' takes no overlay, so the container gets a copy" "what is said"
expect_eq "$(wc -l <<<"$err")" 1 "lines of it"
expect_status 0 marten diff nothing
expect_eq "$out" "" "changes of a run that changed nothing"
expect_status 0 minc -t nothing true
expect_eq "$err" "" "what is said the second time"

# polecat watches a command and proves the bundle on copies, too.
expect_status 0 polecat -o true.sh base true
expect_eq "$(grep -c 'takes no overlay, so the container gets a copy' <<<"$err")" 1 "lines that say so"
expect_match "$err" "proof: 1 of 1 run did the same"
# minc doctor knows it.
expect_status 0 minc doctor
expect_match "$out" $'\nlimited +overlay  .*: containers get a copy of their root'
described() { marten diff --format '{kind} {path} {mode} {uid}:{gid} {differs}' "$1"; }
exported() {
    marten export -q -o exported.tar "$1"
    tar -tvf exported.tar --numeric-owner | awk '{print $1, $2, $6, $7, $8}' | sort
    rm exported.tar
}
# run_and_look NAME: in the store that there is
run_and_look() {
    expect_status 0 minc --name work -r base sh -c "$work"
    described work >"diff.$1"
    exported work >"tree.$1"
}
# commit_and_look NAME
commit_and_look() {
    marten commit -q work mine >/dev/null
    described mine >"layer.$1"
    exported mine >"image.$1"
    expect_eq "$(minc --rm -r mine sh -c 'cat /data/changed /data/moved; ls /data | xargs')" $'new\nold\nchanged dir link moved pipe same'
    marten save -q -o "save.$1.tar" mine
}
MINCS_DIR=$usual
run_and_look overlay
commit_and_look overlay
MINCS_DIR=$odd
run_and_look copy
# A layer in which something is removed cannot be kept on that overlay; the same store elsewhere can.
expect_status 1 marten commit -q work mine
expect_one_line_error marten
expect_match "$err" "making the whiteout: .*hint: the store's file system"
cp -a "$odd" elsewhere
MINCS_DIR=$PWD/elsewhere
commit_and_look copy
MINCS_DIR=$odd
for what in diff layer tree image; do
    [ -s $what.copy ] || fail "there is nothing in $what"
    cmp $what.overlay $what.copy || fail "$(diff $what.overlay $what.copy)"
done
cmp diff.copy layer.copy || fail "the layer is not what was changed: $(diff diff.copy layer.copy)"
layer=$(tar -xOf save.copy.tar manifest.json | jq -r '.[0].Layers[1]')
expect_eq "$(tar -xOf save.copy.tar "$layer" | { zcat -f || true; } | tar -t | sort | xargs)" \
    './ data/ data/.wh.gone data/.wh.other data/.wh.twice data/changed data/dir/ data/dir/.wh.f data/dir/new data/link data/moved data/pipe data/same' \
    "names in the layer"

# What stays in it: used again, started in the background, copied into and out of.
expect_status 0 minc -t work cat /data/changed
expect_eq "$out" new
echo in >in && give in
expect_status 0 marten cp in work:/data/in
expect_status 0 marten cp work:/data/in -
expect_status 0 marten start work
expect_eq "$(marten wait work) $(marten logs work)" "0 new"
expect_match "$(marten inspect work)" '"copy": '
expect_status 0 marten rm work nothing
expect_eq "$(ls "$MINCS_DIR/containers")" "" "containers left"
# One that goes leaves nothing.
expect_status 0 minc --rm -r base true
expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'rm -r /bin/ls; echo fine'
expect_eq "$out" fine
expect_eq "$(ls "$MINCS_DIR/containers")" "" "containers left"
expect_eq "$(ls "$BUSYBOX_ROOT/bin/ls")" "$BUSYBOX_ROOT/bin/ls" "the root that was copied"
