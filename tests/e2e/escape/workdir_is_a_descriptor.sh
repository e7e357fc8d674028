#!/usr/bin/env bash
# as a user, too
# CVE-2024-21626, when a container is made: a working directory that is one of minc's own descriptors, or a link to one
# that the image ships, would put the command outside of its root. (The same for exec: exec_leaks_descriptors.sh.)
. "$(dirname "$0")/../lib.sh"

mkdir outside
echo secret >outside/canary
cp -a "$BUSYBOX_ROOT" root
ln -s /proc/self/fd/7 root/link
ln -s /proc/self/cwd root/here
ln -s /proc/1/root root/up
exec 7<outside 20<"$SCRATCH" 21</
look='cat canary ../canary outside/canary 2>/dev/null; /bin/pwd'
expect_eq "$(cd /proc/self/fd/7 && sh -c "$look")" "secret"$'\n'"$SCRATCH/outside" "without a container"
for place in $(seq -f /proc/self/fd/%.0f 0 30) /proc/self/cwd /proc/1/cwd /link /here /up/proc/self/fd/7; do
    run minc -r ./root -w "$place" sh -c "$look"
    expect_no_match "$out" secret "through $place"
    [ "$status" != 0 ] || fail "$place was taken for a directory: $out"
done
expect_status 125 minc -r ./root -w /link true
expect_one_line_error minc
