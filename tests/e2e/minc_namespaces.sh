#!/usr/bin/env bash
# as a user, too
# New pid, mount, ipc and uts namespaces; the command is pid 1 and sees nobody else.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'echo $$; for n in pid mnt ipc uts; do readlink /proc/self/ns/$n; done; ls -d /proc/[0-9]* | wc -l'
readarray -t lines <<<"$out"
expect_eq "${lines[0]}" 1 "the command's pid"
i=1
for name in pid mnt ipc uts; do
    [ "${lines[$i]}" != "$(readlink /proc/self/ns/$name)" ] || fail "the $name namespace is the host's"
    i=$((i + 1))
done
[ "${lines[5]}" -le 3 ] || fail "${lines[5]} processes are seen inside"
expect_status 0 minc --name somebody -r "$BUSYBOX_ROOT" hostname
expect_eq "$out" somebody
expect_no_match "$(hostname)" somebody "the host's name"
