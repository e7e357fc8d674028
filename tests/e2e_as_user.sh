#!/usr/bin/env bash
# Every end-to-end script says whether it runs as an ordinary user, too, or why not; prints those that do not.
# usage: e2e_as_user.sh [DIRECTORY]
set -euo pipefail
cd "${1:-$(dirname "$0")/e2e}"
shopt -s nullglob
declare -A without
failed=0
for script in *.sh escape/*.sh cross/*.sh; do
    case $script in lib.sh | */lib.sh | as_user.sh | in_machine.sh) continue ;; esac
    ! grep -q '^# as a user' "$script" || continue
    reason=$(sed -n 's/^# not as a user: //p' "$script")
    if [ -z "$reason" ]; then
        echo "$script: say '# as a user, too' or '# not as a user: WHY'" >&2
        failed=1
    fi
    name=${script##*/}
    without[${reason:-nothing is said}]+=" ${name%.sh}"
done
for reason in "${!without[@]}"; do printf '%s:\n   %s\n' "$reason" "${without[$reason]}"; done | fmt -s -w 120
exit "$failed"
