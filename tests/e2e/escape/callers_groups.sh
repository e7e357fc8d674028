#!/usr/bin/env bash
# as a user with lent IDs, too
# The caller's supplementary groups (disk, adm, docker on a host) and its inheritable and ambient capabilities
# (CVE-2022-24769, CVE-2022-29162) stay outside, for the first command and for one that joins.
. "$(dirname "$0")/../lib.sh"

as_caller=(setpriv --groups 4,6,27 --inh-caps +chown,+net_raw,+sys_admin --ambient-caps +chown,+net_raw,+sys_admin)
look=(sed -nE 's/^(Groups|CapInh|CapAmb):[[:space:]]*(.*[^ ]|) *$/\1 \2/p' /proc/self/status)
outside=$("${as_caller[@]}" "${look[@]}")
expect_match "$outside" "Groups 4 6 27" "the caller's groups"
expect_no_match "$outside" "CapAmb 0000000000000000" "the caller's ambient capabilities"

# inside WHAT GROUPS COMMAND...
inside() {
    expect_status 0 "${as_caller[@]}" "${@:3}"
    expect_match "$out" "^Groups $2"$'\n' "groups $1"
    expect_match "$out" "CapInh 0000000000000000" "inheritable capabilities $1"
    expect_match "$out" "CapAmb 0000000000000000" "ambient capabilities $1"
}
inside "of root" "" "$MINC" -r "$BUSYBOX_ROOT" "${look[@]}"
inside "of --user 1000:1000" "" "$MINC" -r "$BUSYBOX_ROOT" --user 1000:1000 "${look[@]}"
inside "of --privileged" "" "$MINC" --privileged -r "$BUSYBOX_ROOT" "${look[@]}"
inside "with --init" "" "$MINC" --init -r "$BUSYBOX_ROOT" "${look[@]}"
id=$("${as_caller[@]}" "$MINC" -B -r "$BUSYBOX_ROOT" sleep 1000)
inside "of exec" "" "$MARTEN" exec "$id" "${look[@]}"
inside "of exec -u" "" "$MARTEN" exec -u 1000:1000 "$id" "${look[@]}"
marten rm -f "$id" >/dev/null
