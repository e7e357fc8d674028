#!/usr/bin/env bash
# as a user, too
# control groups are handed over
# pause by the other version of control groups: marten_pause.sh once more, in a mount namespace without the freezer of v1,
# which is root's choice, or without v2, which is a user's.
set -euo pipefail
v1=$(awk '/ - cgroup .*[ ,]freezer(,|$)/ {print $5}' /proc/self/mountinfo)
v2=$(awk '/ - cgroup2 / {print $5}' /proc/self/mountinfo)
if [ -z "$v1" ] || [ -z "$v2" ]; then
    echo "skipped: not both versions of control groups are mounted"
    exit 77
fi
choice=$v1
[ -z "${MINCS_TEST_USER:-}" ] || export choice=$v2 WITHOUT_V2=1
exec unshare --mount bash -c 'umount $1 && exec bash "$2"' - "$choice" "$(dirname "$(readlink -f "$0")")/marten_pause.sh"
