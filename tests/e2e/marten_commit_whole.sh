#!/usr/bin/env bash
# as a user, too
# control groups are handed over
# A container made from a directory, from the host's root, or one that runs can be committed too; what is committed
# goes to a registry and is what skopeo and podman take for an image.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

# From a directory: the whole root, and what minc mounted on is as it was.
cp -a "$BUSYBOX_ROOT" root
ln -s ../run/nowhere root/etc/resolv.conf
expect_status 0 minc -k --name dir -r "$PWD/root" sh -c 'echo new >/new; rm /etc/group'
expect_status 0 marten commit -q dir dir
expect_eq "$(marten li --format '{name} {layers}')" "localhost/dir:latest 1"
layer=$MINCS_DIR/layers/$(ls "$MINCS_DIR/layers")
expect_eq "$(cat "$layer/new")" new
expect_eq "$(ls "$layer/etc" | xargs)" "os-release passwd" "what is in /etc"
expect_status 0 minc --rm -r dir cat /new
expect_eq "$out" new

# One that runs, and changes while it is committed.
minc --name busy -r dir sh -c 'echo on >/there; i=0; while :; do i=$((i+1)); echo $i >/tmp/$((i%50)); rm -f /tmp/$(((i+25)%50)); done' &
track $!
is_busy() { [ -e "$MINCS_DIR/containers/$(marten lc --long --format '{id} {name}' | sed -n 's/ busy//p')/storage/there" ]; }
wait_until 20 is_busy
for i in 1 2 3; do
    expect_status 0 marten commit -q busy busy
done
expect_status 0 marten commit busy busy
expect_match "$err" 'may be changing' "the warning"
expect_status 0 marten pause busy
expect_status 0 marten commit busy busy
expect_no_match "$err" 'may be changing' "stderr while it is paused"
expect_status 0 marten unpause busy
expect_status 0 minc --rm -r busy cat /there
expect_eq "$out" on
kill "$(marten lc --format '{pid} {name}' | sed -n 's/ busy//p')" 2>/dev/null || true

# Others read it.
expect_status 0 minc --name web -r dir sh -c 'echo hi >/hi'
expect_status 0 marten commit -q --change 'CMD ["cat", "/hi"]' --change 'EXPOSE 80' --change 'LABEL a=b' web web:1
id=$out
expect_status 0 marten save -q -o web.tar web:1
expect_eq "$(skopeo inspect --config docker-archive:web.tar | jq -c '[.config.Cmd, .config.ExposedPorts, .config.Labels]')" \
    '[["cat","/hi"],{"80/tcp":{}},{"a":"b"}]'
expect_eq "$(skopeo inspect --format '{{len .Layers}}' docker-archive:web.tar)" 2 "layers"
expect_whole_store
expect_status 0 marten verify -q
