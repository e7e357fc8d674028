#!/usr/bin/env bash
# as a user, too
# A registry with a token server: one anonymous token serves a pull, a password or a refresh token gets more, a push asks
# for all it needs, and a blob is mounted from another repository where that may be read.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/registries.sh"

start_token_registry tokens 300
for name in public/layers team/layers; do
    skopeo copy --quiet --insecure-policy --src-tls-verify=false --dest-tls-verify=false --dest-creds ann:word \
        --preserve-digests "docker://$REGISTRY/test/layers" "docker://$address/$name"
done
export REGISTRY_AUTH_FILE=$SCRATCH/auth.json
asked() { sed -n "$1,\$p" "$SCRATCH/tokens.tokens"; }
since() { first=$(($(wc -l <"$SCRATCH/tokens.tokens") + 1)); }

since
expect_status 0 marten pull -q "$address/public/layers"
expect_eq "$(asked $first)" "GET anonymous repository:public/layers:pull" "tokens of a pull"
expect_status 1 marten pull -q "$address/team/layers"
expect_one_line_error marten
expect_match "$err" "HTTP 401.*without credentials, as none are kept for '$address'" "a repository of others"

expect_status 1 marten login -u ann --password-stdin "$address" <<<wrong
expect_one_line_error marten
expect_match "$err" 'incorrect username or password' "a wrong password"
expect_status 0 marten login -u ann --password-stdin "$address" <<<word
since
expect_status 0 marten push -q public/layers "$address/new/app:1"
expect_eq "$out" "$(digest_of test/layers)" "the pushed digest"
expect_match "$(asked $first)" 'GET ann repository:new/app:pull,push' "tokens of a push"
expect_match "$(asked $first)" 'repository:public/layers:pull' "tokens of a push that mounts"
[ "$(requests tokens '"POST /v2/new/app/blobs/uploads/.mount=.* 201')" = 4 ] || fail "the blobs were not mounted"
[ "$(requests tokens '"PUT /v2/new/app/blobs')" = 0 ] || fail "blobs were sent although they could be mounted"
expect_status 1 marten push -q public/layers "$address/secret/app:1"
expect_one_line_error marten
expect_match "$err" "HTTP 401.*with the credentials from '$REGISTRY_AUTH_FILE'" "a repository that is not ann's"

# An OAuth2 refresh token instead of a password.
printf '{"auths":{"%s":{"identitytoken":"ann-again"}}}' "$address" >"$REGISTRY_AUTH_FILE"
since
expect_status 0 marten tags "$address/team/layers"
expect_eq "$(asked $first)" "POST ann repository:team/layers:pull" "tokens by refresh token"
sed -i s/again/never/ "$REGISTRY_AUTH_FILE"
expect_status 1 marten tags "$address/team/layers"
expect_match "$err" 'unknown refresh token' "a refresh token that is none"
