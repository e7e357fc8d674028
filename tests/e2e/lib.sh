# What every end-to-end script begins with: `. "$(dirname "$0")/lib.sh"`. A script is one behaviour: it runs the built
# tools (minc, marten, polecat, ermine-breeder: in PATH), states what it expects, and ends. When it ends, this file checks that
# the host is as it was (mounts, loop devices, processes, cgroups, /dev) and removes what is left. Where escapes are
# tried as a user, files and processes of root and of another user (fixtures/canary.sh) are as they were, too.
#
# $MINCS_DIR       a store of this test's own, empty       $DEBIAN_ROOT   a real Debian root (do not write to it)
# $SCRATCH         a directory of this test's own          $BUSYBOX_ROOT  a small one, users root and alice (1234:1235)
#                                                          $APPS_ROOT     a Debian with vim, git, nginx and others
# $REGISTRY        HOST:PORT of the private registry; naming it in a script is what starts it (fixtures/registry.sh
#                  lists its images)
#
# By hand: `ctest -R e2e.NAME`, or `tests/e2e/NAME.sh` after a ctest run made the fixtures; KEEP=1 keeps $SCRATCH.
set -euo pipefail
TESTS=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
SOURCE_TREE=$(dirname "$(dirname "$TESTS")")
build=${MINCS_BUILD:-$SOURCE_TREE/build/dev}
MINC=${MINC:-$build/bin/minc}
MARTEN=${MARTEN:-$build/bin/marten}
POLECAT=${POLECAT:-$build/bin/polecat}
BREEDER=${BREEDER:-$build/bin/ermine-breeder}
MINCS_FIXTURES=${MINCS_FIXTURES:-$build/fixtures}
MINCS_SCRATCH=${MINCS_SCRATCH:-$build/e2e}
export PATH="${MINC%/*}:${MARTEN%/*}:${POLECAT%/*}:${BREEDER%/*}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LC_ALL=C.UTF-8 TERM=${TERM:-dumb} SHELL=/bin/bash
unset XDG_DATA_HOME XDG_CONFIG_HOME DOCKER_CONFIG REGISTRY_AUTH_FILE
export CONTAINERS_REGISTRIES_CONF=/dev/null # what names mean is no matter of the host's

skip() {
    echo "skipped: $*"
    exit 77
}

fail() {
    echo "FAILED at ${BASH_SOURCE[-1]##*/}:${BASH_LINENO[-2]}: $*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || skip "containers need root here"
for fixture in roots registry ermine; do
    [ -e "$MINCS_FIXTURES/$fixture.env" ] && . "$MINCS_FIXTURES/$fixture.env"
done

mkdir -p "$MINCS_SCRATCH"
TEST_NAME=$(basename "$0" .sh)
SCRATCH=$(mktemp -d "$MINCS_SCRATCH/$TEST_NAME.XXXXXX")
chmod 755 "$SCRATCH"
export MINCS_DIR=$SCRATCH/store HOME=$SCRATCH/home TMPDIR=$SCRATCH/tmp
mkdir "$HOME" "$TMPDIR"
[ -z "${MINCS_TEST_USER:-}" ] || chown "$MINCS_TEST_USER:$MINCS_TEST_USER" "$SCRATCH" "$HOME" "$TMPDIR"
cd "$SCRATCH"

# ---- running and expecting ----

# run COMMAND...: its stdout is in $out, its stderr in $err, its exit status in $status.
run() {
    status=0
    "$@" >"$SCRATCH/.out" 2>"$SCRATCH/.err" || status=$?
    out=$(tr -d '\0' <"$SCRATCH/.out")
    err=$(tr -d '\0' <"$SCRATCH/.err")
}

# expect_status STATUS COMMAND...: as run, and the status must be this one.
expect_status() {
    local want=$1
    shift
    run "$@"
    [ "$status" = "$want" ] || fail "'$*' exited with $status instead of $want; stdout: ${out:0:2000}; stderr: ${err:0:2000}"
}

# expect_eq ACTUAL EXPECTED [WHAT]
expect_eq() { [ "$1" = "$2" ] || fail "${3:-value}: got '${1:0:2000}', expected '$2'"; }

# expect_match TEXT REGEX [WHAT]   (extended, bash's)
expect_match() { [[ $1 =~ $2 ]] || fail "${3:-text}: '${1:0:2000}' does not match '$2'"; }
expect_no_match() { [[ ! $1 =~ $2 ]] || fail "${3:-text}: '${1:0:2000}' matches '$2'"; }

# expect_one_line_error TOOL: what run() left on stderr is one error line of the tool, and at most one hint.
expect_one_line_error() {
    expect_match "$err" "^$1: error: [^"$'\n'"]+("$'\n'"$1: hint: [^"$'\n'"]+)?\$" "stderr of $1"
}

# shown_owner UID:GID: how a container's command sees that owner. For a user to whom no IDs are lent all is root's.
shown_owner() { [ "${MINCS_TEST_IDS:-}" = alone ] && echo 0:0 || echo "$1"; }

# give PATH...: makes it the user's whose the tools are, where that is not root (as_user.sh).
give() { [ -z "${MINCS_TEST_USER:-}" ] || chown -hR "$MINCS_TEST_USER:$MINCS_TEST_USER" "$@"; }

# needs_guest ARCH [KIND]: skips the test where the guest is not there (fixtures/ermine.sh).
needs_guest() { compgen -G "${MINCS_ERMINE:-/nowhere}/$1-${2:-*}" >/dev/null || skip "there is no guest of $1${2:+ that is of kind $2}"; }

# wait_until SECONDS COMMAND...: polls until the command succeeds.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || fail "waited in vain for: $*"
        sleep 0.05
    done
}

# run_in_terminal COMMAND...: in a pseudo-terminal of its own; what appeared on it goes to stdout, without
# carriage returns. The status is the command's.
run_in_terminal() {
    local command status=0
    command=$(printf '%q ' "$@")
    # A keyboard on which nobody types: at an end of file script(1) would type a character of its own.
    [ -p "$SCRATCH/.keyboard" ] || mkfifo "$SCRATCH/.keyboard"
    script --quiet --return --echo never --command "$command" /dev/null <>"$SCRATCH/.keyboard" \
        >"$SCRATCH/.terminal" || status=$?
    tr -d '\r' <"$SCRATCH/.terminal"
    return "$status"
}

# track PID: is killed when the test ends, if it still runs. For background processes.
tracked=()
track() { tracked+=("$1"); }

# ---- the host stays as it was ----

# Device nodes of the host, without loop devices, which the kernel adds as it likes.
host_devices() { find /dev -maxdepth 1 ! -name 'loop*' -exec stat -c '%N %F %t:%T %a %u:%g' {} + | sort; }

# Directories of the cgroup trees in which and below which no process is. (One with a process may belong to a test
# that runs beside this one, and so may the directories that all containers' groups are in, ours and podman's.)
empty_cgroups() {
    local roots
    mapfile -t roots < <(awk '/ - cgroup2? / {print $5}' /proc/self/mountinfo | sort -u)
    [ ${#roots[@]} -gt 0 ] || return 0
    # One that another test removes meanwhile is a failure of find's, and none of ours.
    { find "${roots[@]}" -mindepth 2 -name cgroup.procs -exec grep -sc . {} + 2>/dev/null || true; } | awk -F: '
        {
            group = $1
            sub(/\/cgroup.procs$/, "", group)
            all[group]
            if ($2 > 0) for (; group != ""; sub(/\/[^\/]*$/, "", group)) used[group]
        }
        END { for (group in all) if (!(group in used) && group !~ /\/mincs$|\/libpod_parent(\/|$)/) print group }' | sort
}

# Processes of this test: those with our store in their environment (children inherit it), and those whose root is
# ours (a container's command has an environment of its own). None that is older than this script.
test_processes() {
    local own_start pid
    own_start=$(start_time $$)
    {
        grep -lzsF "MINCS_DIR=$MINCS_DIR" /proc/[0-9]*/environ
        grep -lsE -e "^([^ ]+ ){3}[^ ]*$SCRATCH[^ ]* / " -e "^([^ ]+ ){4}/ .*$SCRATCH" /proc/[0-9]*/mountinfo
    } | cut -d/ -f3 | sort -un | while read -r pid; do
        [ "$(start_time "$pid")" -gt "$own_start" ] && echo "$pid"
    done
}

# In clock ticks since boot (proc(5), stat, field 22; the second may contain blanks and parentheses).
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20 | grep . || echo 0; }

# What this test left on the host, a line each.
leftovers() {
    local pid
    grep -F "$SCRATCH" /proc/self/mountinfo | sed 's/^/mount: /'
    losetup --list --noheadings --output NAME,BACK-FILE 2>/dev/null | grep -F "$SCRATCH" | sed 's/^/loop device: /'
    for pid in $(test_processes); do
        echo "process: $pid $(ps -o args= -p "$pid")"
    done
    comm -13 "$SCRATCH/.cgroups" <(empty_cgroups) | sed 's/^/cgroup: /'
    diff "$SCRATCH/.devices" <(host_devices) | sed -n 's/^[<>]/device: &/p'
    [ -z "${CANARY:-}" ] || canary_changes
}

remove_leftovers() {
    local mount new
    test_processes | xargs -r kill -KILL 2>/dev/null
    # Groups that are new and empty for a second: a test beside this one would be blamed for them.
    new=$(comm -13 "$SCRATCH/.cgroups" <(empty_cgroups))
    sleep 1
    comm -12 <(echo "$new") <(empty_cgroups) | sort -r | xargs -r rmdir 2>/dev/null
    awk '{print $5}' /proc/self/mountinfo | grep -F "$SCRATCH" | sort -r | while read -r mount; do
        umount -l "$mount"
    done
}

# Of a test that failed: what its last command and its containers in the background have said.
show_what_was_said() {
    local log
    for log in "$SCRATCH/.err" "$SCRATCH"/store/containers/*/log; do
        [ ! -s "$log" ] || printf 'the end of %s:\n%s\n' "${log#"$SCRATCH/"}" "$(tail -n 20 "$log")" >&2
    done
}

clean_up() {
    local status=$? pid left='' try
    trap - EXIT ERR
    set +e
    export -n MINCS_DIR # what runs below is not the test
    for pid in "${tracked[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    for pid in "${tracked[@]}"; do wait "$pid" 2>/dev/null; done
    # What another process is still closing is no leftover: give it a moment.
    for try in $(seq "${PATIENCE:-30}"); do
        left=$(leftovers)
        [ -n "$left" ] || break
        sleep 0.1
    done
    if [ -n "$left" ]; then
        printf 'FAILED: the host is not as it was:\n%s\n' "$left" >&2
        [ "$status" = 0 ] && status=1
        remove_leftovers
    fi
    [ "$status" = 0 ] || [ "$status" = 77 ] || show_what_was_said
    [ -z "${CANARY:-}" ] || remove_canary
    cd /
    if [ -n "${KEEP:-}" ]; then
        echo "kept: $SCRATCH"
    else
        rm -rf --one-file-system "$SCRATCH"
    fi
    exit "$status"
}

case $0 in
*/escape/*) [ -z "${MINCS_TEST_USER:-}" ] || . "$TESTS/fixtures/canary.sh" ;;
esac
empty_cgroups >"$SCRATCH/.cgroups"
host_devices >"$SCRATCH/.devices"
trap clean_up EXIT
set -o errtrace
trap 'echo "FAILED at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR
trap 'exit 143' TERM
trap 'exit 130' INT
