#!/usr/bin/env bash
# as a user, too
# minc in minc, and three deep: a privileged container may make containers, each with processes and files of its own.
. "$(dirname "$0")/lib.sh"

mkdir -p tools # beside a wrapper that as_user.sh may have put in its place
cp "$build/bin/minc" tools/minc
below=(--privileged --tmpfs /var/lib/mincs -b /bin/minc:/bin/minc -b /inner:/inner:ro -r /inner)
outer=(--privileged --tmpfs /var/lib/mincs -b "$SCRATCH/tools/minc:/bin/minc" -b "$BUSYBOX_ROOT:/inner:ro" -r "$BUSYBOX_ROOT")
innermost=(minc -r /inner sh -c 'touch /made && cat /proc/1/cmdline | tr "\0" " " | cut -c1-5 && exit 7')

expect_status 7 minc "${outer[@]}" "${innermost[@]}"
expect_eq "$out" "sh -c" "pid 1, two deep"
expect_status 7 minc "${outer[@]}" minc "${below[@]}" "${innermost[@]}"
expect_eq "$out" "sh -c" "pid 1, three deep"
[ ! -e "$BUSYBOX_ROOT/made" ] || fail "a file of the innermost container is in its root"

# What is not privileged makes none, and says so.
expect_status 125 minc -b "$SCRATCH/tools/minc:/bin/minc" --tmpfs /var/lib/mincs -b "$BUSYBOX_ROOT:/inner:ro" -r "$BUSYBOX_ROOT" \
    minc -r /inner true
expect_one_line_error minc
