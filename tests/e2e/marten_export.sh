#!/usr/bin/env bash
# as a user, too
# export writes the whole root of an image or a container as one plain tar: no whiteouts, the same bytes each time,
# and GNU tar unpacks it to what a container sees.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

cp -a "$BUSYBOX_ROOT" tree
mkdir tree/data
echo old | tee tree/data/gone tree/data/stays >/dev/null
marten import -q tree base >/dev/null
expect_status 0 minc --name work -r base sh -c 'rm /data/gone; echo new >/data/new; chmod 4755 /data/new'
expect_status 0 marten commit -q work mine

expect_status 0 marten export -q -o a.tar mine
expect_status 0 marten export -q -o - mine
expect_eq "$(sha256sum <.out)" "$(sha256sum <a.tar)" "the bytes, to a file and to a pipe"
expect_eq "$(tar -tf a.tar | grep -c 'wh\.' || true)" 0 "whiteouts"
expect_eq "$(tar -tf a.tar 2>&1 >/dev/null)" "" "what GNU tar says"
mkdir a && tar -xpf a.tar -C a
expect_eq "$(ls a/data | xargs)" "new stays"
expect_eq "$(stat -c %a a/data/new)" 4755

# A container: the same. It may run.
expect_status 0 marten export -q -o c.tar work
mkdir c && tar -xpf c.tar -C c
list_tree c >c.list
list_tree a >a.list
diff a.list c.list || fail "the container's root is another one"
minc -t work sleep 60 &
track $!
wait_until 20 sh -c 'marten lc --format "{running}" | grep -q yes'
expect_status 0 marten export -q -o live.tar work
expect_eq "$(tar -tf live.tar | grep data/new)" data/new

run_in_terminal marten export -o - mine >said && fail "a terminal was taken"
expect_match "$(cat said)" 'terminal'
expect_status 1 marten export -o x.tar nope
expect_one_line_error marten
expect_eq "$(ls x.tar 2>/dev/null || true)" "" "a file of a failed export"
