#!/usr/bin/env bash
# as a user, too
# Several layers come to one tree: whiteouts, an opaque directory, a file in a directory's place and the other way
# round, an entry through a lower layer's link, hard links, odd names, owners and modes (image: fixtures/registry.sh).
. "$(dirname "$0")/lib.sh"

expect_status 0 marten pull -q "$REGISTRY/test/layers"
expect_match "$out" '^[0-9a-f]{64}$' "what pull prints"
look() { expect_status 0 minc --rm --entrypoint '' --user 0 -r "$REGISTRY/test/layers" "$@"; }

look find . -mindepth 1 ! -name 'a b*'
expect_eq "$(sort <<<"$out")" "./becomes-dir
./becomes-dir/f
./becomes-file
./changed
./gone
./hardlink
./keep
./keep/f
./opaque
./opaque/new"
look cat gone changed becomes-file becomes-dir/f opaque/new keep/f hardlink
expect_eq "$out" $'back\nupper\nupper\nupper\nupper\nlower\nlower'
look sh -c 'stat -c "%a %u:%g %h" keep/f; cat "$(printf "a b\377\n/")" 2>/dev/null || cat a*'
expect_eq "$out" "644 $(shown_owner 1234:1235) 2"$'\nodd'
look cat /lib/through-link
expect_eq "$out" upper "an entry below a lower layer's link"
