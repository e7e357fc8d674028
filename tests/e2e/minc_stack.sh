#!/usr/bin/env bash
# as a user, too
# -r A:B:C stacks images and directories, the first on top; the container holds them all, and works like any other.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

cp -a "$BUSYBOX_ROOT" base
mkdir -p one/etc two/etc
echo one >one/which && echo one >one/only-one
echo two >two/which && echo two >two/only-two
marten import -q base base:1 >/dev/null
marten import -q one one:1 >/dev/null
minc -k --name maker -r base:1 sh -c 'echo more >/more' && marten commit -q --change 'ENV WHO=first' maker more:1 >/dev/null
marten rm maker

expect_status 0 minc --name box -r more:1:./two:one:1:base:1 sh -c 'cat /which /only-one /only-two /more; echo $WHO; echo new >/new; rm /only-one'
expect_eq "$out" $'two\none\ntwo\nmore\nfirst'
expect_eq "$(marten lc --format '{name} {root}')" "box more:1:./two:one:1:base:1"
expect_eq "$(marten diff box)" $'A /new\nD /only-one'
expect_eq "$(marten inspect --format '{below}' box | tr , '\n' | grep -c .)" 4 "directories below: base's layer stands once"

# the images cannot go; the container can be used and started again
for image in more:1 one:1 base:1; do
    expect_status 1 marten rmi $image
    expect_match "$err" "in use by .*'box'"
done
marten untag more:1 one:1 && marten gc --all >/dev/null
expect_status 0 minc -t box cat /which /new
expect_eq "$out" $'two\nnew'
marten start box >/dev/null
marten wait box >/dev/null
expect_eq "$(marten logs box)" $'two\nnew'

# committed it is one image, with the first one's configuration
marten commit -q box whole:1 >/dev/null
marten rm box
expect_status 0 marten gc --all
expect_status 0 minc --rm -r whole:1 sh -c 'cat /which /only-two /more /new; ls /only-one 2>/dev/null; echo $WHO'
expect_eq "$out" $'two\ntwo\nmore\nnew\nfirst'
expect_whole_store

# one that goes with its command keeps its images while it runs; one of directories goes by itself
expect_status 0 minc -r two:base cat /which
expect_eq "$out" two
expect_eq "$(marten lc --format '{name}')" "" "containers left"
expect_status 2 minc -D -r two:base true
expect_match "$err" "'two:base' are several"
expect_status 125 minc -r base:nosuch true
expect_match "$err" "'base:nosuch' is neither an image nor a directory"
mkdir base:two
expect_status 125 minc -r base:two:one true
expect_one_line_error minc
expect_match "$err" "can be cut in several ways"
