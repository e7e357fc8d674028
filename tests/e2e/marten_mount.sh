#!/usr/bin/env bash
# not as a user: a mount would be seen by its own command alone
# mount shows the root of an image, read-only, or of a container, writable, below the store; meanwhile neither goes
# and the container does not run. umount takes it away.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

marten import -q "$BUSYBOX_ROOT" base >/dev/null
expect_status 0 minc --name work -r base sh -c 'echo new >/new'
expect_status 0 marten mount
expect_eq "$out" "ID  KIND  NAME  PATH"

expect_status 0 marten mount base work
image=$(sed -n 1p <<<"$out") container=$(sed -n 2p <<<"$out")
expect_eq "$(cat "$image/etc/passwd")" "$(cat "$BUSYBOX_ROOT/etc/passwd")"
! touch "$image/x" 2>/dev/null || fail "an image was written to"
expect_eq "$(cat "$container/new")" new
echo from-outside >"$container/outside"
expect_status 0 marten mount base
expect_eq "$out" "$image" "the place of what is mounted already"
expect_eq "$(grep -c " $image " /proc/self/mountinfo)" 1 "mounts of the image"
expect_eq "$(marten mount --format '{kind} {name} {path}' | sort)" "container work $container
image localhost/base:latest $image"
expect_eq "$(marten inspect --format '{mounted}' base)" "$image"

for refused in "marten rmi base" "marten rm work" "minc -t work true"; do
    run $refused
    [ "$status" != 0 ] || fail "'$refused' was not refused"
    expect_match "$err" "(mounted on|in use by the container)" "the error of $refused"
done
expect_status 0 marten commit -q work mine # may be done meanwhile

expect_status 0 marten umount work
expect_status 0 minc -t work cat /outside
expect_eq "$out" from-outside "what was changed from outside"
expect_status 1 marten umount work
expect_one_line_error marten
expect_status 2 marten umount
(cd "$image" && ! marten umount base 2>"$SCRATCH/busy") || fail "a busy mount was taken away"
expect_match "$(cat busy)" 'hint:'
expect_status 0 marten umount --all
expect_eq "$(ls "$MINCS_DIR/mounts")" "" "mount points left"

# A running container's root is not mounted a second time.
minc -t work sleep 60 &
track $!
wait_until 20 sh -c 'marten lc --format "{running}" | grep -q yes'
expect_status 1 marten mount work
expect_match "$err" '/proc/[0-9]+/root' "the hint"
