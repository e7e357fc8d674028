#!/usr/bin/env bash
# Runs a test's script so that each container of minc's in it is in a machine: --qemu, or --um.
# $MINCS_ERMINE says where the guests are (fixtures/ermine.sh).
# usage: in_machine.sh SCRIPT qemu|um
set -euo pipefail
skip() {
    echo "skipped: $*"
    exit 77
}
[ "$(id -u)" = 0 ] || skip "the tests' containers are root's"
[ ! -e "$MINCS_FIXTURES/ermine.env" ] || . "$MINCS_FIXTURES/ermine.env"
export MINCS_ERMINE=${MINCS_ERMINE:-} MINCS_TEST_MACHINE=$2
case $2 in
qemu) arch=$(uname -m) ;;
um) arch=um ;;
esac
[ -e "$MINCS_ERMINE/$arch-build" ] || [ -e "$MINCS_ERMINE/$arch-distro" ] || skip "there is no guest of $arch"
work=$(mktemp -d "$MINCS_SCRATCH/machine.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
printf '#!/bin/sh\nexec %q --%s "$@"\n' "$MINC" "$2" >"$work/minc"
chmod 755 "$work/minc"
MINC=$work/minc bash "$1"
