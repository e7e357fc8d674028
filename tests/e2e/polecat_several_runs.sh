#!/usr/bin/env bash
# as a user, too
# --run adds what other runs use; and tracing and packing can be two steps.
. "$(dirname "$0")/lib.sh"

cp -a "$BUSYBOX_ROOT" root
mkdir root/data
for name in one two three four; do echo "$name" >root/data/$name; done
show='cat /data/$1'

expect_status 0 polecat --run 'cat /data/two' --run 'sh -c "cat /data/three | tr a-z A-Z"' --report report \
    -o all.sh root sh -c "$show" sh one
expect_eq "$out" "one
two
THREE" "what the traced runs print"
expect_match "$err" '3 of 3 runs did the same'
sed "s/'one'/'two'/" report >/dev/null
grep -q '^# run 2: status 0: cat /data/two$' report
grep -q $'^/data/two\t4\topened by /bin/busybox' report
grep -q $'^/data/four' report && fail "what nobody used is packed"

# Apart: two traces, the second by a run of its own, then a bundle of a third command line.
expect_status 0 polecat trace -o 1.trace root cat /data/one
expect_match "$err" "^polecat: '1.trace': 1 run, [0-9]+ paths$"
expect_status 0 polecat trace --run 'cat /data/two' --run 'ls /data/no' -o 2.trace root
expect_match "$err" "'ls /data/no' ended with status 1|'/data/no' ended with status 1"
head -n 1 1.trace | grep -q $'^polecat-trace\t1$'
grep -q $'^path\t[a-z]*\tmissing\t/data/no\t' 2.trace
expect_status 0 polecat pack --trace 1.trace --trace 2.trace -o packed.sh root cat
expect_match "$err" '3 of 3 runs did the same'
expect_status 0 ./packed.sh /data/one /data/two
expect_eq "$out" "one
two"
run ./packed.sh /data/three
expect_eq "$status" 1 "status for a file that no trace has"

# A damaged trace is one line, and there is no file.
head -n -1 1.trace >cut.trace
expect_status 1 polecat pack --trace cut.trace -o cut.sh root cat
expect_one_line_error polecat
[ ! -e cut.sh ]
expect_status 2 polecat pack -o x.sh root cat
expect_one_line_error polecat
expect_status 2 polecat trace -o x.trace root
expect_one_line_error polecat

# A root without a shell is traced all the same.
rm root/bin/sh
expect_status 0 polecat --run 'cat "/data/two"' -o bare.sh root cat /data/one
expect_status 1 polecat --run 'cat /data/* | wc' -o bare.sh root cat /data/one
expect_one_line_error polecat
