#!/usr/bin/env bash
# as a user, too
# control groups are handed over
# Limits hold: memory, number of processes, CPUs.
. "$(dirname "$0")/lib.sh"

run minc --pid-max 5 -r "$BUSYBOX_ROOT" sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; echo all'
expect_no_match "$out" "all" "ten processes under --pid-max 5"
expect_match "$err" "fork" "the shell's message"
run minc --mem-limit 32m --mem-swap 32m -r "$DEBIAN_ROOT" python3 -c 'x = bytearray(200000000); print(len(x))'
[ "$status" = 137 ] || fail "200 MB under --mem-limit 32m: status $status, $out $err"
expect_status 0 minc --cpu 0 -r "$DEBIAN_ROOT" nproc
expect_eq "$out" 1 "CPUs seen under --cpu 0"
expect_status 0 minc --mem-limit 512m --cpu-shares 512 --cpu-quota 50000 --pid-max 100 -r "$BUSYBOX_ROOT" echo fine
expect_eq "$out" fine

# CPU time, told in CPUs
group() { echo "$(awk -v c="$1" '/ - cgroup / && $NF ~ "(,|^)" c "(,|$)" {print $5; exit}' /proc/self/mountinfo)${MINCS_TEST_GROUP:-}/mincs/$2"; }
id=$(minc -B --rm --cpus 0.5 -r "$BUSYBOX_ROOT" sleep 1000)
[ ! -d "$(group cpu "$id")" ] || expect_eq "$(cat "$(group cpu "$id")/cpu.cfs_quota_us")" 50000 "quota of half a CPU"
marten rm -f "$id" >/dev/null

# What the kernel would take and not keep is an error before the command runs, and leaves no group (lib.sh looks).
dividing_disk() { grep -qsF '[bfq]' /sys/block/*/queue/scheduler || grep -qsF enable=1 /sys/fs/cgroup/io.cost.qos; }
if ! dividing_disk; then
    expect_status 125 minc --rm --io-weight 200 --pid-max 50 -b "$SCRATCH:/out" -r "$BUSYBOX_ROOT" touch /out/ran
    expect_one_line_error minc
    expect_match "$err" "no disk here is divided by weights"
fi
run minc -B --rm --mem-kmem 64m --pid-max 50 -b "$SCRATCH:/out" -r "$BUSYBOX_ROOT" sh -c 'touch /out/ran; sleep 1000'
if [ "$status" = 0 ]; then
    expect_eq "$(cat "$(group memory "$out")/memory.kmem.limit_in_bytes")" 67108864 "the limit that was taken"
    marten rm -f "$out" >/dev/null
else
    expect_eq "$status" 125
    expect_one_line_error minc
    expect_match "$err" "this kernel has none for its own memory"
    [ ! -e ran ] || fail "the command ran"
fi

# A killed minc's groups go with the next gc.
id=$(minc -B --pid-max 20 -r "$BUSYBOX_ROOT" sleep 1000)
[ -d "$(group pids "$id")" ] || fail "it has no group"
read -r _ _ supervisor _ <"$MINCS_DIR/containers/$id/lock"
kill -KILL "$supervisor"
ended() { [[ $(marten lc --format "{state}") = exited* ]]; }
wait_until 10 ended
expect_status 0 marten gc
[ ! -e "$(group pids "$id")" ] || fail "its group is left"
marten rm "$id" >/dev/null
