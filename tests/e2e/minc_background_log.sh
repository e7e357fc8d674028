#!/usr/bin/env bash
# as a user, too
# A background container's log is bounded by two files, and what is in them comes out byte for byte.
. "$(dirname "$0")/lib.sh"

minc -B --name talks --log-size 64k -r "$BUSYBOX_ROOT" seq 1 20000 >id
marten wait talks >/dev/null
directory=$MINCS_DIR/containers/$(cat id)
[ "$(stat -c %s "$directory/log")" -le 65536 ] || fail "the log is too large"
[ "$(stat -c %s "$directory/log.1")" -le 65536 ] || fail "the old log is too large"
[ ! -e "$directory/log.2" ] || fail "a third log"
marten logs talks >printed
expect_eq "$(tail -n 1 printed)" 20000 "the last line"
expect_eq "$(cat printed)" "$(seq "$(head -n 1 printed)" 20000)" "no line is missing over the change of files"
expect_eq "$(marten logs --tail 2 talks)" $'19999\n20000' "--tail"
expect_eq "$(marten logs -n 0 talks)" "" "--tail 0"

# Bytes that are no text, long lines, no end of line.
head -c 100000 /dev/urandom >bytes
minc -B --name raw -r "$BUSYBOX_ROOT" -b "$PWD/bytes:/bytes" cat /bytes >/dev/null
marten wait raw >/dev/null
marten logs raw | cmp - bytes || fail "the bytes are not the same"

# --follow ends with the container, and has all of it.
minc -B --name slow -r "$BUSYBOX_ROOT" sh -c 'for i in 1 2 3; do echo $i; sleep 0.3; done' >/dev/null
expect_status 0 timeout 20 marten logs -f slow
expect_eq "$out" $'1\n2\n3' "followed"
expect_match "$(marten logs --timestamps slow)" '^20[0-9-]+T[0-9:.]+Z 1'

# A container in the foreground has none.
minc -k --name front -r "$BUSYBOX_ROOT" true
expect_status 1 marten logs front
expect_one_line_error marten
