#!/usr/bin/env bash
# as a user with lent IDs, too
# A registry that wants a password: login tries it before it keeps it, pull, push, tags and remote inspect use it, others
# understand the file, and logout forgets it.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/registries.sh"

start_registry private $(password_settings ann 'pa:ss word')
fill_registry --dest-tls-verify=false --dest-creds 'ann:pa:ss word'
export REGISTRY_AUTH_FILE=$SCRATCH/auth/auth.json

expect_status 1 marten pull -q "$address/library/busybox"
expect_one_line_error marten
expect_match "$err" "asks for a user name and a password, but none are kept for it" "without a password"

expect_status 1 marten login -u ann --password-stdin "$address" <<<wrong
expect_one_line_error marten
expect_match "$err" "logging in to '$address': .*refuses the credentials from stdin" "a wrong password"
[ ! -e "$REGISTRY_AUTH_FILE" ] || fail "a wrong password was kept"
expect_status 2 marten login --password-stdin "$address" <<<word
expect_status 1 marten login "$address" </dev/null
expect_one_line_error marten
expect_match "$err" "no terminal to ask for the password on" "neither a terminal nor stdin"
expect_status 2 marten login "https://$address/v2" </dev/null

expect_status 0 marten login -u ann --password-stdin "$address" <<<'pa:ss word'
expect_match "$err" "logged in to '$address' as 'ann', kept by '$REGISTRY_AUTH_FILE'" "what login says"
expect_eq "$(stat -c %a "$REGISTRY_AUTH_FILE" "$SCRATCH/auth" | paste -sd' ')" "600 700" "modes"
expect_eq "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$address/test/layers")" \
    "$(digest_of test/layers)" "skopeo with marten's file"

expect_status 0 marten pull -q "$address/test/layers"
expect_status 0 marten push -q test/layers "$address/new/place:1"
expect_eq "$out" "$(digest_of test/layers)" "the pushed digest"
expect_status 0 marten tags "$address/new/place"
expect_eq "$out" 1 "tags"
expect_status 0 marten remote inspect --raw "$address/new/place:1"
expect_eq "sha256:$(sha256sum <"$SCRATCH/.out" | cut -d' ' -f1)" "$(digest_of test/layers)" "remote inspect --raw"

# docker's file knows it, too.
mkdir "$HOME/.docker"
cp "$REGISTRY_AUTH_FILE" "$HOME/.docker/config.json"
give "$HOME/.docker"
expect_status 0 marten logout "$address"
expect_match "$err" "logged out of '$address', which was kept by '$REGISTRY_AUTH_FILE'" "what logout says"
expect_status 1 marten logout "$address"
expect_one_line_error marten
expect_status 1 marten tags "$address/new/place"
unset REGISTRY_AUTH_FILE
export XDG_RUNTIME_DIR=$SCRATCH/run
expect_status 0 marten tags "$address/new/place"
expect_status 1 marten logout "$address"
expect_match "$err" "its password is kept by '$HOME/.docker/config.json', and not by marten" "docker's file"
