#!/usr/bin/env bash
# as a user, too
# The main story: top of a Debian root becomes one file, which runs as itself, by sh, from anywhere.
. "$(dirname "$0")/lib.sh"

expect_status 0 polecat -o top.sh "$DEBIAN_ROOT" top -b -n 1
expect_match "$out" 'Tasks:' "the traced run's own output"
expect_match "$err" "^polecat: 'top.sh': [0-9]+ files, [0-9.]+ MiB; proof: 1 of 1 run did the same on these files alone$" "what polecat says"
expect_eq "$(stat -c %a top.sh)" 755 "the mode"

expect_status 0 ./top.sh
expect_match "$out" 'Tasks: +1 total' "top in a container of its own"
expect_eq "$err" "" "stderr of the bundle"

mkdir "a place with blanks" elsewhere
mv top.sh "a place with blanks/top bundle"
cd elsewhere
for call in "../a place with blanks/top bundle" "$SCRATCH/a place with blanks/top bundle"; do
    expect_status 0 "$call"
    expect_match "$out" 'Tasks:' "$call"
    expect_status 0 sh "$call"
    expect_match "$out" 'Tasks:' "sh $call"
done
expect_eq "$(ls -A)" "" "what a run leaves in the working directory"
cd "../a place with blanks"
expect_status 0 sh "top bundle"
ln -s "a place with blanks/top bundle" ../top-link
cd ..
expect_status 0 ./top-link
expect_status 0 bash top-link
PATH=$PATH:$SCRATCH expect_status 0 top-link
expect_match "$out" 'Tasks:' "found in PATH"
ls -d /dev/shm/polecat-run.* /run/polecat-run.* 2>/dev/null && fail "a copy of the runner is left"
true
