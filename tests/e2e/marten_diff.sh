#!/usr/bin/env bash
# as a user, too
# diff tells what a container changed, what an image's top layer changed, and what differs between two images; a run
# that changed nothing is no change, though minc made places to mount on.
. "$(dirname "$0")/lib.sh"

cp -a "$BUSYBOX_ROOT" tree
rm -rf tree/proc
mkdir -p tree/data/dir tree/data/sub
echo old | tee tree/data/changed tree/data/gone tree/data/same tree/data/dir/f tree/data/sub/deep >/dev/null
give tree
marten import -q tree base >/dev/null
mkdir bound
give bound
expect_status 0 minc --name work -b "$PWD/bound:/data/mnt/here" -r base true
expect_status 0 marten diff work
expect_eq "$out" "" "changes of a run that changed nothing"

expect_status 0 minc -t work sh -c 'cd /data; echo new >changed; rm gone; chmod 600 same; touch $(printf "odd\n"); : >sub/deep
    rm -r dir; mkdir dir; echo x >dir/new; chown 12:34 dir/new'
expect_status 0 marten diff work
expect_eq "$out" 'C /data
C /data/changed
C /data/dir
D /data/dir/f
A /data/dir/new
D /data/gone
A /data/odd
C /data/same
C /data/sub/deep'
expect_status 0 marten diff --format '{kind} {path} {mode} {uid}:{gid} {differs}' work
expect_match "$out" 'C /data/same 0600 0:0 mode'
expect_match "$out" 'A /data/dir/new 0644 12:34 '
expect_eq "$(marten diff --format json work | jq -c '.[] | select(.path == "/data/same")')" \
    '{"differs":["mode"],"gid":0,"kind":"changed","mode":"0600","path":"/data/same","size":4,"type":"file","uid":0}'

# The same of what was committed: its top layer, and against the image below it.
expect_status 0 marten diff work
changes=$out
expect_status 0 marten commit -q work mine
expect_status 0 marten diff mine
expect_eq "$out" "$changes" "what the top layer changed"
expect_status 0 marten diff mine base
expect_eq "$out" "$changes" "image against image"
expect_status 0 marten diff base mine
expect_match "$out" $'A /data/gone\n' "the other way round"
expect_match "$out" $'D /data/odd\n'
expect_status 0 marten diff mine mine
expect_eq "$out" ""
expect_status 0 marten diff work mine
expect_match "$out" $'^(A /etc/hosts\nA /etc/resolv.conf\n|A /proc|C /data|C /etc|A /data/mnt|A /data/mnt/here|\n)*$' "a container against an image"

expect_status 1 marten diff nope
expect_one_line_error marten
expect_status 2 marten diff --format '{nope}' work
