#!/usr/bin/env bash
# as a user, too
# Credential helpers keep passwords: login gives them to the one of the registry, pull asks that one only.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/registries.sh"

start_registry private $(password_settings ann word)
fill_registry --dest-tls-verify=false --dest-creds ann:word
mkdir "$SCRATCH/bin" "$HOME/.docker"
export XDG_RUNTIME_DIR=$SCRATCH/run PATH=$SCRATCH/bin:$PATH
cat >"$SCRATCH/bin/docker-credential-box" <<'HELPER'
#!/bin/sh
# Keeps one entry in a file, and tells what it was asked for.
echo "$1" >>"$HOME/asked"
case $1 in
store) cat >"$HOME/box" ;;
get) [ -s "$HOME/box" ] && cat "$HOME/box" || { echo 'credentials not found in native keychain'; exit 1; } ;;
erase) rm "$HOME/box" ;;
esac
HELPER
printf '#!/bin/sh\ntouch "$HOME/other-was-run"\nexit 1\n' >"$SCRATCH/bin/docker-credential-other"
chmod +x "$SCRATCH"/bin/*
printf '{"credHelpers":{"%s":"box","gcr.io":"other"},"credsStore":"other"}' "$address" >"$HOME/.docker/config.json"

expect_status 1 marten pull -q "$address/library/busybox"
expect_status 0 marten login -u ann --password-stdin "$address" <<<word
expect_match "$err" "kept by docker-credential-box" "what login says"
expect_eq "$(cat "$HOME/box")" "{\"Secret\":\"word\",\"ServerURL\":\"$address\",\"Username\":\"ann\"}" "what the helper got"
expect_status 0 marten pull -q "$address/library/busybox"
expect_status 0 marten logout "$address"
expect_status 1 marten tags "$address/library/busybox"
expect_eq "$(paste -sd' ' "$HOME/asked")" "get store get get erase get get" "what the helper was asked"
[ ! -e "$HOME/other-was-run" ] || fail "another registry's helper was run"
