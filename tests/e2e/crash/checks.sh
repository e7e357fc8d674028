# What must hold after marten was stopped in the midst of a change of the disk, for crash.sh and its like; to be
# sourced after lib.sh. $scenario, $action and $at say what is tried.
#   - every recorded image is whole at once, before anything has cleaned up: li works, verify is clean;
#   - the next command that writes works, and then the store is, file by file and name by name, what it was before
#     the command, or what it is after it; there is no third state, and no byte of garbage;
#   - a call that failed (ENOSPC, EIO) is one line of error, or did not matter; what was made has gone again already.
CRASH_SHIM=${CRASH_SHIM:-$build/bin/crash_shim.so}
[ -e "$CRASH_SHIM" ] || skip "there is no $CRASH_SHIM"
. "$TESTS/fixtures/store.sh"
. "$TESTS/crash/scenarios.sh"

# What the store is, as far as anybody could tell: its files but for the database's own and the locks', its images.
state() {
    (cd "$MINCS_DIR" && find . \( -name locks -o -name 'mincs.db*' \) -prune -o -printf '%P %y %m %U:%G %s %l\n' |
        sed -E 's/( d [0-7]+ [0-9:]+) [0-9]+ $/\1/' | sort)
    marten li --format '{id} {size} {name}' | sort
    marten lc --format '{id} {name} {root}' | sort
}

# What nobody owns is to be gone then, to the last byte.
collect() { marten gc >/dev/null; }
# collect_after_NAME: another one for a scenario; is_damage_of_NAME: what verify may complain of before it.
for scenario in $(all_scenarios | tr , ' '); do
    declare -F collect_after_$scenario >/dev/null || eval "collect_after_$scenario() { collect; }"
    declare -F is_damage_of_$scenario >/dev/null || eval "is_damage_of_$scenario() { return 1; }"
done

# prepare SCENARIO: its store is in $BASE, states before and after it in files of these names.
prepare() {
    scenario=$1
    rm -rf --one-file-system "$MINCS_DIR" "$BASE"
    base_of_$scenario
    cp -a "$MINCS_DIR" "$BASE"
    state >before
    crashed 0 none
    [ "$status" = 0 ] || fail "$scenario: $(cat .out .err)"
    collect_after_$scenario
    state >after
}

put_base() {
    rm -rf --one-file-system "$MINCS_DIR"
    cp -a "$BASE" "$MINCS_DIR"
}

# Stores that are made here: what a crash of the process leaves does not depend on the disk, and memory spares a
# thousand syncs.
use_memory() {
    mkdir fs && mount -t tmpfs -o size=64m,mode=755 mincs-test fs
    touch fs/probe
    setfattr -n user.note -v x fs/probe 2>/dev/null || umount fs
    MINCS_DIR=$SCRATCH/fs/store
    BASE=$SCRATCH/fs/base
}
leave_memory() { ! mountpoint -q fs || umount fs; }

# crashed N ACTION: runs the scenario's command and stops it there; its status is in $status.
crashed() {
    rm -f hit
    status=0
    {
        CRASH_AT=$1 CRASH_ACTION=$2 CRASH_HIT=$SCRATCH/hit CRASH_COUNT=$SCRATCH/count \
            CRASH_PRELOAD=$CRASH_SHIM command_of_$scenario >.out 2>.err || status=$?
    } 2>.shell
}

is_one_of_both() { cmp -s "$1" before || cmp -s "$1" after; }

complain() {
    trap - ERR
    fail "$scenario, $action at call $at ($(cat hit 2>/dev/null)), status $status: $1
from the state before: $(diff before state | head -n 20)
from the state after: $(diff after state | head -n 20)
stderr: $(head -c 1000 .err)"
}

# Where the very removing failed, and where nobody can say whether a commit is on the disk. Where things are done one
# by one, half of the work is work done.
may_leave_something() {
    case $scenario$1 in
    gc* | repair* | *unlink* | *rmdir | *remove | *rename*) return 0 ;;
    *) grep -qE "the store's database|warning: removing what nobody uses" .err ;;
    esac
}

check_failed_call() {
    [ "$status" -le 1 ] || complain "it did not end as a command does"
    if [ "$status" = 1 ]; then
        err=$(grep -v '^marten: warning: removing what nobody uses' .err)
        expect_one_line_error marten
    fi
    state >state
    may_leave_something "$(cut -d' ' -f2 hit 2>/dev/null || true)" || is_one_of_both state || complain "it left something"
}

check_store() {
    marten li >/dev/null || complain "li fails"
    marten verify -q >.verify 2>&1 || is_damage_of_$scenario || complain "verify: $(cat .verify)"
    collect_after_$scenario || complain "the next command fails"
    state >state
    is_one_of_both state || complain "a third state"
    [ "$status" != 0 ] || cmp -s state after || complain "it said that it was done"
}

# try_points SCENARIO,... ACTION,... POINTS BEYOND: calls begin_scenario for each $scenario, then try_point for each
# $action at each $at: POINTS of the scenario's changes of the disk, evenly spread (0: all), and BEYOND steps behind the
# last. SHARD=I/K in the environment: every Kth of them, from the Ith.
try_points() {
    local scenarios actions calls step count total=0 shard=${SHARD:-0/1}
    IFS=, read -ra scenarios <<<"$1"
    IFS=, read -ra actions <<<"$2"
    for scenario in "${scenarios[@]}"; do
        begin_scenario
        calls=$(tr -d ' \n' <count)
        step=1
        [ "$3" = 0 ] || step=$(((calls + $3 - 1) / $3))
        for action in "${actions[@]}"; do
            count=0
            for ((at = 1 + step * ${shard%/*}; at <= calls + step * $4; at += step * ${shard#*/})); do
                try_point
                count=$((count + 1))
            done
            echo "$scenario: $calls changes of the disk, $action at $count of them: whole each time"
            total=$((total + count))
        done
    done
    echo "points: $total"
}
