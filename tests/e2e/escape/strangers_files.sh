#!/usr/bin/env bash
# as a user, only
# The root of a user's container may do with strangers' files what the user may, although he is root and they are bound
# into it; and a setuid program of theirs makes nobody of them.
. "$(dirname "$0")/../lib.sh"

expect_status 0 setpriv --reuid "$MINCS_TEST_USER" --clear-groups "$CANARY/another/program"
expect_match "$out" "euid=34567" "the setuid program without a container"
run minc -r "$DEBIAN_ROOT" -b "$CANARY:/canary" bash -c '
    cd /canary
    cat root/readable another/readable
    for user in root another; do
        cat $user/private/secret && echo "read of $user"
        ls $user/private && echo "listed of $user"
        for file in $user/readable $user/program $user/open/../readable; do
            { echo x >>$file; } 2>/dev/null && echo "wrote to $file"
            rm -f $file && echo "removed $file"
            chmod 777 $file && echo "chmod of $file"
            touch -d "1 year ago" $file && echo "touched $file"
            mv $file $user/moved && echo "moved $file"
            ln $file /tmp/linked && echo "linked $file"
        done
        chown -h 0:0 $user/link $user/private && echo "chown of $user"
        chown 1:1 $user/readable && echo "chown of $user"
        { echo x >$user/fifo & sleep 0.1; kill $!; wait $! && echo "wrote to the fifo of $user"; }
    done
    another/program
    for pid in /proc/[0-9]*; do grep -qaz CANARY $pid/environ && echo "saw $pid"; done
    kill -KILL -1'
expect_eq "$(grep -v '^uid=' <<<"$out")" $'everybody reads this\neverybody reads this' "what it could do"
expect_no_match "$out" 'euid=' "the setuid program in a container"
