#!/usr/bin/env bash
# under user-mode Linux, too
# as a user, too
# stdout may be a pipe, a file or a terminal: the same bytes arrive, none of them ours.
. "$(dirname "$0")/lib.sh"

head -c 20000000 /dev/urandom >big
want=$(sha256sum <big)
expect_eq "$(minc -r "$BUSYBOX_ROOT" -b "$PWD/big:/big" cat /big | sha256sum)" "$want" "through a pipe"
minc -r "$BUSYBOX_ROOT" -b "$PWD/big:/big" cat /big >copy
expect_eq "$(sha256sum <copy)" "$want" "into a file"
expect_eq "$(minc -r "$BUSYBOX_ROOT" cat <big | sha256sum)" "$want" "through both stdin and stdout"
expect_eq "$(minc -r "$BUSYBOX_ROOT" sh -c 'echo out; echo err >&2' 2>/dev/null)" out "only stdout"
expect_eq "$(minc -r "$BUSYBOX_ROOT" sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)" err "only stderr"

lines=$(seq 1 3000)
expect_eq "$(run_in_terminal minc -r "$BUSYBOX_ROOT" seq 1 3000 | grep -v '^minc: ')" "$lines" "on a terminal, whole to the last line"
# A reader that stops reading ends it, as it would outside.
run bash -c 'set -o pipefail; minc -r "$1" yes | head -n 1' - "$BUSYBOX_ROOT"
expect_eq "$out" y
