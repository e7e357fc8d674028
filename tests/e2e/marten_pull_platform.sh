# Of an index the machine's own platform is taken, or the one asked for; one that is not there is an error that says
# what is.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

which_of() { grep -o '"which":"[a-z0-9]*"' "$MINCS_DIR/blobs/sha256/$1"; }

expect_status 0 marten pull --platform linux/amd64 "$REGISTRY/test/index"
expect_eq "$(which_of "$out")" '"which":"amd64"' "the image for linux/amd64"
expect_status 0 marten pull --platform linux/arm64/v8 "$REGISTRY/test/index"
expect_eq "$(which_of "$out")" '"which":"arm64"' "the image for linux/arm64/v8"
expect_status 1 marten pull --platform linux/s390x "$REGISTRY/test/index"
expect_one_line_error marten
expect_match "$err" 'amd64.*arm64|arm64.*amd64' "the error names what there is"
expect_status 2 marten pull --platform nonsense "$REGISTRY/test/index"
expect_whole_store
