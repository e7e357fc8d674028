#!/usr/bin/env bash
# under user-mode Linux, too
# as a user with lent IDs, too
# Ordinary work of a Debian root goes through: dpkg, perl, python, tar, a shell pipeline, users.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -r "$DEBIAN_ROOT" dpkg --audit
expect_status 0 minc -r "$DEBIAN_ROOT" sh -c 'useradd -m bob && su bob -c "id -un; pwd"'
expect_eq "$out" bob$'\n'"$(minc -r "$DEBIAN_ROOT" pwd)"
expect_status 0 minc -r "$DEBIAN_ROOT" python3 -c 'import os; print(sum(range(10)), os.getpid())'
expect_eq "$out" "45 1"
expect_status 0 minc -r "$DEBIAN_ROOT" sh -c 'tar cf - /etc 2>/dev/null | tar tf - | grep -c etc/passwd'
expect_match "$out" "^[1-9]"
expect_status 0 minc -r "$DEBIAN_ROOT" ps -e
expect_match "$out" "ps" "ps"
expect_status 0 minc -r "$DEBIAN_ROOT" sh -c 'rm -rf /usr/share/zoneinfo /var/lib/dpkg && ls /var/lib | grep -c dpkg || true'
expect_eq "$out" 0
