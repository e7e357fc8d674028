#!/usr/bin/env bash
# as a user with lent IDs, too
# CVE-2018-15664, CVE-2019-14271: a container turns a path that cp is about to use into a link to the host. Links of a
# container mean what they mean to itself, also while it swaps them; and what comes out makes nothing but below its place.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the numbers are x86-64's"

mkdir canary out
echo alive >canary/file
give canary out
state() { find canary -printf '%p %y %m %u %s %T@ %C@\n' -exec cat {} \; 2>/dev/null | sha256sum; }
before=$(state)
cat >swap.pl <<'EOF2'
$| = 1;
my ($one, $two) = ("/race\0", "/other\0");
print "ready\n";
while (1) { syscall(316, -100, $one, -100, $two, 2) == 0 or die "renameat2: $!\n" }
EOF2
links="mkdir -p /race /trap; ln -s $PWD/canary /absolute; ln -s ../../../../../../../..$PWD/canary /dotdot
ln -s /proc/1/root/$PWD/canary /magic; ln -s $PWD/canary/file /file; ln -s $PWD/canary /other; ln -s $PWD/canary /trap/sub; echo mine >/race/file"
minc -k --name stopped -r "$DEBIAN_ROOT" sh -c "$links"
minc -B --name runs -r "$DEBIAN_ROOT" -b "$PWD/swap.pl:/swap.pl" sh -c "$links; exec perl /swap.pl" >/dev/null
is_ready() { marten logs runs | grep -q ready; }
wait_until 20 is_ready

mkdir -p sub && echo evil >sub/new
check() {
    expect_eq "$(state)" "$before" "the host's files after $1"
    [ "$(find canary | wc -l)" = 2 ] || fail "something was made in the canary by $1"
    ! grep -rqs alive out || fail "the host's file came out by $1"
}
for box in stopped runs; do
    for link in absolute dotdot magic trap/sub file; do
        run marten cp sub/new $box:/$link
        check "copying onto $link of $box"
        run marten cp sub/. $box:/$link/
        check "copying into $link of $box"
        run marten cp sub $box:/trap
        check "copying onto a link below $box"
        run sh -c "tar -cf - sub | marten cp - $box:/trap"
        check "a stream onto a link below $box"
        for source in $link $link/ $link/file $link/.; do
            run marten cp -L $box:/$source out/got
            check "copying $source out of $box"
            rm -rf out/got
        done
    done
done
for try in $(seq 40); do
    run marten cp sub/new runs:/race/new$try
    run marten cp sub/. runs:/race
    check "copying into what is being swapped"
    run marten cp runs:/race/. out
    run marten cp -L runs:/race/file out/file
    check "copying what is being swapped"
done
[ "$(cat out/file)" = mine ] || fail "not once was the container's own file read: the race proves nothing"

# Out of the container: a tar that was made to write through its own links, or through those at its place.
mkdir -p place && ln -s "$PWD/canary" place/sub
give place
marten cp runs:/trap/. place
marten exec runs sh -c 'rm /trap/sub; mkdir /trap/sub; echo evil >/trap/sub/file'
run marten cp runs:/trap/. place
check "copying over a link of the place"
[ "$status" = 1 ] || fail "it was copied somewhere: $(find place)"
# A setuid program and a device node of the container are none here.
marten exec runs sh -c 'cp /bin/true /trap/su; chmod 6755 /trap/su'
marten cp runs:/trap/su out/su
expect_eq "$(stat -c %a out/su)" 755 "the mode of a setuid program"
marten cp runs:/dev out/dev 2>said
[ -z "$(find out/dev -type c -o -type b)" ] || fail "device nodes came out"
grep -q "'dev/null' is a device, ignoring" said || fail "nothing was said of devices: $(cat said)"
marten rm -f runs stopped >/dev/null
