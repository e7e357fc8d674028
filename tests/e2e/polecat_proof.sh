#!/usr/bin/env bash
# as a user, too
# The proof: a run that asks for other files on the packed ones is noticed, what is missing is added, and what cannot
# be added is named. The same input is given again, and nothing that is shown of the host is changed twice.
# resource: loop
. "$(dirname "$0")/lib.sh"

cp -a "$BUSYBOX_ROOT" root
mkdir root/data work
for name in one two; do echo "$name" >root/data/$name; done
give root work

# Something the tracer cannot see: a file by the number of another process.
sneaky='cat /proc/1/root/data/one'
expect_status 3 polecat -o sneaky.sh --report report root sh -c "$sneaky"
expect_match "$err" "proof of 'sh': it ended with status 1, before 0"
expect_match "$err" "'sneaky.sh' is written, but not proven to be whole"
grep -q '^# proof of run 1: differs: it ended with status 1, before 0$' report
[ -x sneaky.sh ]
expect_status 0 polecat --no-verify -o sneaky.sh root sh -c "$sneaky"
expect_status 0 polecat --include /data/one -o sneaky.sh root sh -c "$sneaky"
expect_match "$err" 'did the same'

# A run that goes another way the second time: here for what the first one left in the directory it was shown.
cd work
expect_status 0 polecat --report report -o ../second.sh ../root sh -c 'if [ -e made ]; then cat /data/two; else echo >made; cat /data/one; fi'
expect_eq "$out" one
expect_match "$err" '1 path(s)? added on the way'
grep -q '^# proof added: /data/two$' report
grep -q $'^/data/two\t4\tthe proof missed it$' report
expect_status 0 ../second.sh
expect_eq "$out" two

# What the repetition writes into that directory is dropped.
echo >count
give count
expect_status 0 polecat -o ../counts.sh ../root sh -c 'echo >>count; cat /data/one'
expect_eq "$(wc -l <count)" 2
cd ..

# stdin once more: a file, and a pipe.
reads='while read -r name; do cat /data/$name; done'
printf 'one\ntwo\n' >names
for input in file pipe; do
    if [ $input = file ]; then
        expect_status 0 polecat --debug -o reads.sh root sh -c "$reads" <names
    else
        expect_status 0 polecat --debug -o reads.sh root sh -c "$reads" < <(cat names)
    fi
    expect_eq "$out" "one
two" "what it prints of a $input"
    expect_match "$err" '1 of 1 run did the same'
    # At once, and not because it does something else each time.
    expect_no_match "$err" 'once more in the whole root' "the proof with a $input"
done

# One that never does the same twice is not blamed for it.
expect_status 0 polecat -o random.sh root sh -c 'ls /data/$(head -c 9 /dev/urandom | base64 | tr / _) /root/$$.x 2>/dev/null; true'
expect_match "$err" '1 of 1 run did the same'

# And one that the time stopped may have come less far.
expect_status 0 polecat -T 1 -o slow.sh root sh -c 'cat /data/one; sleep 100'
expect_match "$err" '1 of 1 run did the same'
