#!/usr/bin/env bash
# not as a user: loop devices are root's
# A bundle's way to its files by its first words, which an application can have for itself; and a proof where there is no
# loop device.
# resource: loop
. "$(dirname "$0")/lib.sh"

polecat --no-verify -f elf -o echo.run "$BUSYBOX_ROOT" echo told >/dev/null 2>&1
export POLECAT_DEBUG=1
for rung in 1 2 3; do
    expect_status 0 ./echo.run --rung $rung --rung 9
    expect_eq "$out" "told --rung 9" "the words behind --rung $rung"
    expect_match "$err" "rung $rung, as root"
done
expect_status 0 ./echo.run --rung=3 a
expect_eq "$out" "told a"
expect_match "$err" "rung 3, as root"
unset POLECAT_DEBUG
expect_status 0 ./echo.run a --rung 3
expect_eq "$out" "told a --rung 3" "not in front"
POLECAT_RUNG= expect_status 0 ./echo.run --rung 3
expect_eq "$out" "told --rung 3" "with the variable"
expect_status 125 ./echo.run --rung 7
expect_one_line_error polecat
expect_match "$err" "--rung: '7' is not a number from 1 to 4"

# A /dev without loop devices, seen by nobody else.
no_loop() { unshare --mount --propagation private bash -c 'mount --bind /dev/null /dev/loop-control && exec "$@"' bash "$@"; }
expect_status 1 no_loop polecat -o none.sh "$BUSYBOX_ROOT" true
expect_match "$err" "proving that nothing is missing: .*hint: it needs a loop device; --no-verify" "a proof without a loop device"
[ ! -e none.sh ] || fail "an unproven bundle is there"
expect_status 0 no_loop polecat --no-verify -o some.sh "$BUSYBOX_ROOT" true
