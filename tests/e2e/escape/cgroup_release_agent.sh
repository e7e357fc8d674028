#!/usr/bin/env bash
# as a user, too
# CVE-2022-0492: whoever can mount a cgroup v1 hierarchy writes a program of his into its release_agent, and the host runs
# it. Namespaces of his own would let anybody try. A user cannot, with or without protection.
. "$(dirname "$0")/../lib.sh"

attack='mkdir -p /tmp/cg && mount -t cgroup -o pids none /tmp/cg && test -w /tmp/cg/release_agent && umount /tmp/cg && echo out'
grep -q 'cgroup .*pids' /proc/mounts || skip "this machine has no cgroup v1"
run minc --privileged -r "$DEBIAN_ROOT" sh -c "$attack"
expect_eq "$out" "$([ -n "${MINCS_TEST_USER:-}" ] || echo out)" "without protection"
run minc -r "$DEBIAN_ROOT" sh -c "$attack"
expect_eq "$out" "" "as root of a container"
run minc -r "$DEBIAN_ROOT" unshare -UrmC sh -c "$attack"
expect_eq "$out" "" "in namespaces of its own"
expect_status 0 minc -r "$DEBIAN_ROOT" sh -c 'find /sys/fs/cgroup -name release_agent -writable'
expect_eq "$out" "" "what is there already"
