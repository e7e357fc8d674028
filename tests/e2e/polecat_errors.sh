#!/usr/bin/env bash
# as a user, too
# Wrong use is 2, failure 1, each with one line; and then there is no file.
. "$(dirname "$0")/lib.sh"

expect_status 1 polecat -o out.sh "$BUSYBOX_ROOT" no-such-command
expect_one_line_error polecat
expect_match "$err" "no-such-command"
expect_status 1 polecat -o out.sh ./no-such-root top
expect_one_line_error polecat
expect_status 1 polecat -o no/such/place "$BUSYBOX_ROOT" true
expect_one_line_error polecat
expect_status 2 polecat -o out.sh
expect_one_line_error polecat
expect_status 2 polecat -o out.sh "$BUSYBOX_ROOT"
expect_one_line_error polecat
expect_status 2 polecat --no-such-option x y
expect_one_line_error polecat
expect_status 2 polecat -f zip -o out.sh "$BUSYBOX_ROOT" true
expect_one_line_error polecat
expect_eq "$(find . -name 'out*' -o -name '*.image.*')" "" "files that are left"

expect_status 0 polecat --version
expect_match "$out" '^polecat [0-9]+\.[0-9]+\.[0-9]+$'
expect_status 0 polecat --help
expect_match "$out" 'polecat -o top.sh'

# The bundle itself, damaged.
polecat -o true.sh "$BUSYBOX_ROOT" true 2>/dev/null
head -c -100 true.sh >cut.sh
expect_status 125 sh cut.sh
expect_one_line_error polecat
polecat -f elf -o true.run "$BUSYBOX_ROOT" true 2>/dev/null
truncate -s -4096 true.run
expect_status 125 ./true.run
expect_one_line_error polecat
