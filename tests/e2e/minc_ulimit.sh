#!/usr/bin/env bash
# as a user with lent IDs, too
# --ulimit holds for the command, what it starts, and what joins it; what we may not give is an error before it runs.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -r "$BUSYBOX_ROOT" --ulimit nofile=100:200 --ulimit core=0 --ulimit fsize=unlimited \
    sh -c 'sh -c "ulimit -Sn; ulimit -Hn; ulimit -c"'
expect_eq "$(xargs <<<"$out")" "100 200 0"
expect_status 0 minc -r "$BUSYBOX_ROOT" --ulimit nofile=64 --user alice sh -c 'ulimit -Hn'
expect_eq "$out" 64 "the hard limit of a user"
expect_status 125 minc -r "$BUSYBOX_ROOT" --ulimit nofile=999999999999 sh -c 'touch /ran; echo ran'
expect_eq "$out" ""
expect_match "$err" "setting the limit 'nofile': Operation not permitted"
for wrong in nofile nofile= nofile=x nofile=-5 nofile=5:4 files=3 =3; do
    expect_status 2 minc -r "$BUSYBOX_ROOT" --ulimit "$wrong" true
    expect_one_line_error minc
done

expect_status 0 minc -B --rm -r "$BUSYBOX_ROOT" --ulimit nofile=100 sleep 30
id=$out
expect_status 0 marten exec "$id" sh -c 'ulimit -n'
expect_eq "$out" 100 "the limit of what joins"
expect_status 0 marten stop -T 0 "$id"
