#!/usr/bin/env bash
# as a user, too
# Exit status, arguments, and the bytes of stdin, stdout and stderr are the command's, in both formats.
. "$(dirname "$0")/lib.sh"

for format in sh elf; do
    expect_status 0 polecat -f $format -o run.$format "$BUSYBOX_ROOT" sh -c 'cat; for word; do echo "[$word]" >&2; done' name first </dev/null
    head -c 3000000 /dev/urandom >input
    ./run.$format <input >output 2>words
    cmp input output
    expect_eq "$(cat words)" "[first]"
    expect_status 0 ./run.$format 'a  b' '' '$HOME' "it's" --polecat-copied-from x </dev/null
    expect_eq "$err" "[first]
[a  b]
[]
[\$HOME]
[it's]
[--polecat-copied-from]
[x]" "the arguments"

    for code in 0 3 255; do
        expect_status 0 polecat -f $format -o status.$format "$BUSYBOX_ROOT" sh -c "exit $code"
        expect_status $code ./status.$format
    done
    polecat -f $format -o signal.$format "$BUSYBOX_ROOT" sh -c 'sh -c "kill -KILL \$\$"; exit $?' 2>/dev/null
    expect_status 137 ./signal.$format
done

# Whatever of the three standard descriptors is closed stays harmless.
polecat -o closed.sh "$BUSYBOX_ROOT" sh -c 'echo out' >/dev/null 2>&1
expect_eq "$(./closed.sh <&- 2>/dev/null)" out "without stdin"
expect_eq "$(./closed.sh 2>&-)" out "without stderr"
expect_status 0 bash -c './closed.sh >&-; true'
