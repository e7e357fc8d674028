#!/usr/bin/env bash
# as a user, too
# Where user namespaces are forbidden a bundle says why in one line, and POLECAT_RUNG=4 unpacks it once into the cache and
# runs it from there; a killed or concurrent unpacking does no harm.
. "$(dirname "$0")/lib.sh"

polecat --no-verify -f elf -o show.run "$DEBIAN_ROOT" sh -c 'echo "[$1]"; exit 7' name 2>/dev/null >/dev/null
mkdir user
user=64322
chown $user user
# In a user namespace whose own limit is none, without any powers there.
no_namespaces() {
    HOME=$SCRATCH/user setpriv --reuid $user --regid $user --clear-groups \
        unshare --user --map-root-user bash -c 'echo 0 >/proc/sys/user/max_user_namespaces
            exec setpriv --bounding-set=-all --inh-caps=-all "$@"' bash "$@"
}
expect_status 125 no_namespaces ./show.run a
expect_one_line_error polecat
expect_match "$err" 'making a user namespace: .*user.max_user_namespaces is 0'
expect_match "$err" 'hint: POLECAT_RUNG=4'

export POLECAT_RUNG=4
expect_status 7 no_namespaces ./show.run 'a  b'
expect_eq "$out" "[a  b]"
cache=$(echo user/.cache/polecat/*[0-9a-f])
[ -x "$cache/usr/bin/sh" ] || [ -x "$cache/bin/sh" ] || fail "there is no sh in the cache '$cache'"
expect_eq "$(stat -c %U:%a user/.cache/polecat)" "$(stat -c %U user):700"
made=$(stat -c %Y.%i "$cache")
expect_status 7 no_namespaces ./show.run
expect_eq "$(stat -c %Y.%i "$cache")" "$made" "the cache of the second run"

# Many at once on an empty cache.
rm -rf --one-file-system user/.cache
for i in 1 2 3 4 5 6; do
    { no_namespaces ./show.run "$i" || echo "$?"; } >"said.$i" 2>&1 &
    track $!
done
wait
for i in 1 2 3 4 5 6; do expect_eq "$(cat "said.$i")" "[$i]"$'\n'7; done
expect_eq "$(ls user/.cache/polecat | grep -c part)" 0 "unfinished directories"

# What a killed one left is no hindrance.
mv "$cache" "$cache.part"
expect_status 7 no_namespaces ./show.run x
[ -d "$cache" ] && [ ! -e "$cache.part" ] || fail "what was unfinished is still there"
POLECAT_RUNG=9 expect_status 125 ./show.run
expect_one_line_error polecat
