#!/usr/bin/env bash
# not as a user: it is about the machine's own root, which is root's
# Killed, or refused by a full disk, at any change of the disk, apply has put each name there as it was or as it shall be,
# and a second one finishes the rest and leaves nothing behind.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/scratch_host.sh"
[ -n "${CRASH_SHIM:-}" ] || skip "no library that makes changes of the disk fail"

# Every name of the tree with what it is; of a directory not the time, which a merge that is killed cannot keep.
mkdir -p "$SCRATCH/tools"
cat >"$SCRATCH/tools/tell" <<'END'
cd "$1" && find . \( -type d -printf '%p %M %U:%G\n' -o -type l -printf '%p -> %l %U:%G %T@\n' \
    -o -printf '%p %M %U:%G %T@ %n\n' -type f -exec sha256sum {} \; \) | sort
END
run on_scratch_host '
    mkdir /pristine; cd /pristine
    mkdir -p conf gone/deep again mode; echo old | tee conf/a conf/b gone/deep/f again/f mode/f swap >/dev/null
    each() { rm -rf /srv/tree; cp -a /pristine /srv/tree; sleep 0.03
        minc -k --name work sh -ec "cd /srv/tree; echo new >conf/a; mv conf/b conf/c; echo other >conf/b
            rm -r gone again; mkdir again; echo x >again/new; ln again/new conf/link; chown 5:6 mode; chmod 2711 mode
            echo x >mode/x; rm swap; mkdir -p swap/d; mkfifo swap/fifo; ln -s a conf/s"
        rm -rf /expected; cp -a "$(marten mount work)/srv/tree" /expected; marten umount work >/dev/null; }
    each
    CRASH_COUNT=/count CRASH_LOG=/log LD_PRELOAD=/tools/crash_shim.so marten apply -q work
    diff <(bash /tools/tell /expected) <(bash /tools/tell /srv/tree)
    count=$(cat /count); echo "$count changes"
    for action in kill ENOSPC; do
        for ((at = 1; at <= count; at += ${STEP:-7})); do
            marten rm work >/dev/null; each
            CRASH_AT=$at CRASH_ACTION=$action LD_PRELOAD=/tools/crash_shim.so marten apply -q work 2>/error && continue
            for name in conf/a conf/b; do grep -qxE "old|new|other" /srv/tree/$name; done
            marten apply -q work || { echo "$action at $at"; exit 1; }
            diff <(bash /tools/tell /expected) <(bash /tools/tell /srv/tree) || { echo "$action at $at"; exit 1; }
            ! compgen -G "/.marten-apply-*"
        done
    done; echo done'
expect_eq "$status" 0 "$out $err"
expect_match "$out" "done$" "the loop"
