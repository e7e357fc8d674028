#!/usr/bin/env bash
# as a user, too
# marten cp, both ways, on a container that runs and on one that does not: docker's rules of what becomes what.
. "$(dirname "$0")/lib.sh"

# A user can have and give away what is his only, which is root's in his containers.
owner=${MINCS_TEST_USER:-1000} caller=${MINCS_TEST_USER:-0}
owner_inside=$([ -n "${MINCS_TEST_USER:-}" ] && echo 0 || echo 1000)
mkdir -p src/sub dest
echo one >src/one
echo two >src/sub/two
printf '#!/bin/sh\n' >src/tool
ln -s one src/link
ln src/one src/hard
truncate -s 1M src/sparse
mkfifo src/fifo
echo odd >src/.wh.odd
touch -d '2001-02-03 04:05:06.789' src/one src/sub
give src dest
chown $owner:$owner src/tool
chmod 4755 src/tool
minc -B --name runs -r "$BUSYBOX_ROOT" -b "$PWD/dest:/bound" --tmpfs /memory sleep 1000 >/dev/null
minc -k --name stopped -r "$BUSYBOX_ROOT" true

inside() { # inside CONTAINER COMMAND...
    if [ "$1" = runs ]; then marten exec "$@"; else minc -t "$@"; fi
}

for box in runs stopped; do
    # a file: to a new name, onto a file, into a directory
    expect_status 0 marten cp src/one $box:/tmp/new
    expect_status 0 marten cp src/sub/two $box:/tmp/new
    expect_status 0 marten cp src/one $box:tmp
    expect_eq "$(inside $box sh -c 'cat /tmp/new /tmp/one')" $'two\none' "files in $box"
    # a directory: to a new name, into one that exists, its content only
    expect_status 0 marten cp src $box:/tmp/fresh
    expect_status 0 marten cp src/ $box:/tmp/fresh
    expect_status 0 marten cp src/. $box:/tmp/fresh/sub
    expect_status 0 marten cp src/. $box:/tmp/made
    expect_eq "$(inside $box sh -c 'cd /tmp/fresh; cat sub/two src/sub/two sub/sub/two ../made/one .wh.odd')" $'two\ntwo\ntwo\none\nodd' "directories in $box"
    expect_eq "$(inside $box sh -c 'cd /tmp/fresh; stat -c %a:%u:%h tool one; readlink link; stat -c %F fifo; stat -c %Y one sub; [ one -ef hard ] && echo same')" \
        $'4755:0:1\n644:0:2\none\nfifo\n981173106\n'"$(inside $box stat -c %Y /tmp/fresh/sub)"$'\nsame' "what they are in $box"
    expect_eq "$(inside $box stat -c %Y /tmp/fresh/src/sub)" 981173106 "a new directory's time in $box"
    # owners, and links
    expect_status 0 marten cp -a src/tool $box:/tmp/owned
    expect_eq "$(inside $box stat -c %u:%g:%a /tmp/owned)" $owner_inside:$owner_inside:4755 "with -a in $box"
    marten cp src/link $box:/tmp/link
    marten cp -L src/link $box:/tmp/followed
    expect_eq "$(inside $box sh -c 'readlink /tmp/link; readlink /tmp/followed || cat /tmp/followed')" $'one\none' "a link in $box"
    # errors: one line, nothing changed
    expect_status 1 marten cp src/one $box:/tmp/none/
    expect_one_line_error marten
    expect_status 1 marten cp src/one $box:/none/of/these
    expect_status 1 marten cp src $box:/tmp/new
    expect_match "$err" "directory cannot be copied onto it"
    expect_status 1 marten cp src/none $box:/tmp
    expect_status 1 marten cp src/one/ $box:/tmp
    expect_one_line_error marten
    # A directory in a file's place and the other way round.
    inside $box sh -c 'mkdir -p /tmp/odd/one; touch /tmp/odd/sub'
    expect_status 1 marten cp src/one $box:/tmp/odd
    expect_match "$err" "a directory is in its place"
    expect_status 1 marten cp src/sub $box:/tmp/odd
    expect_match "$err" "something else is in its place"

    # and out again
    rm -rf out && mkdir out && give out
    expect_status 0 marten cp $box:/tmp/fresh/tool out/new
    expect_status 0 marten cp $box:/tmp/made out
    expect_status 0 marten cp $box:/tmp/made/. out/content
    expect_status 0 marten cp $box:/tmp/link out
    expect_status 0 marten cp -L $box:/tmp/made/link out/followed
    expect_eq "$(stat -c %u:%a out/new out/made/tool)" "$caller:755"$'\n'"$caller:755" "powers of what came out of $box"
    (cd out/content && diff -r --no-dereference . ../../src -x fifo) || fail "the content of $box differs"
    diff -r --no-dereference out/made src -x fifo || fail "the directory of $box differs"
    [ "$(readlink out/link)" = one ] && [ "$(cat out/followed)" = one ] || fail "links out of $box"
    expect_eq "$(stat -c %Y out/made/one out/made/sub)" $'981173106\n981173106' "times out of $box"
    [ "$(stat -c %b out/made/sparse)" = 0 ] || fail "a hole was filled"
    expect_status 0 marten cp -a $box:/tmp/owned out/owned
    expect_eq "$(stat -c %u:%g:%a out/owned)" $owner:$owner:4755 "out of $box with -a"
    # as a stream, both ways
    expect_eq "$(marten cp $box:/tmp/made - | tar -t | sort | head -n 3)" $'made/\nmade/.wh.odd\nmade/fifo'
    inside $box mkdir /tmp/stream
    marten cp $box:/tmp/made/sub - >stream.tar
    marten cp - $box:/tmp/stream <stream.tar
    expect_eq "$(inside $box cat /tmp/stream/sub/two)" two "through a stream of $box"
    tar -C src -cf - one | gzip | marten cp - $box:/tmp/stream 2>stream.err && fail "a gzip was taken for a tar"
    expect_match "$(cat stream.err)" '^marten: error: [^'$'\n'']*$'
    expect_status 1 marten cp - $box:/etc/passwd </dev/null
done

# What is mounted in a container that runs is seen.
expect_status 0 marten cp src/one runs:/bound
expect_status 0 marten cp src/one runs:/memory
expect_eq "$(cat dest/one) $(marten exec runs cat /memory/one)" "one one" "in a bind mount and a tmpfs"
expect_status 0 marten cp runs:/memory/one out/memory
expect_eq "$(cat out/memory)" one "out of a tmpfs"
marten cp runs:/etc/hosts out/hosts
cmp out/hosts /etc/hosts || fail "what is bound onto a file is not seen"
# The whole root, without what the kernel shows.
expect_status 0 marten cp runs:/ out/root
[ -x out/root/bin/busybox ] && [ -e out/root/bound/one ] && [ -z "$(ls out/root/proc)" ] || fail "the whole root"
expect_status 1 marten cp src/one runs:/proc/sys/kernel
expect_one_line_error marten
[ -n "${MINCS_TEST_USER:-}" ] || marten mount stopped >/dev/null # a user's would be seen by its own command alone
expect_status 0 marten cp src/one stopped:/while-mounted
[ -n "${MINCS_TEST_USER:-}" ] || marten umount stopped >/dev/null
expect_eq "$(minc -t stopped cat /while-mounted)" one

for words in "src dest" "runs:/a stopped:/b" ":/a dest" "runs: dest"; do
    expect_status 2 marten cp $words
    expect_one_line_error marten
done
expect_status 1 marten cp nobody:/etc dest
touch odd:name
expect_status 0 marten cp ./odd:name runs:/tmp
marten rm -f runs stopped >/dev/null
