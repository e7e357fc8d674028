#!/usr/bin/env bash
# A layer that tries to leave its directory is refused with the entry's name; nothing is written outside and nothing
# of its image stays, its harmless layers included.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

start_own_registry
mkdir tree outside && echo payload >tree/payload && echo harmless >tree/harmless
tar -cf harmless.tar -C tree harmless

refused() {
    push_tars "evil" harmless.tar "$1"
    expect_status 1 marten pull -q "$OWN/evil"
    expect_one_line_error marten
    expect_match "$err" "$2" "the error names the entry"
    expect_eq "$(find outside "$MINCS_DIR" -name payload -o -name pwned)" "" "files outside of the layer"
    expect_eq "$(marten li | wc -l)" 1 "lines of li"
    expect_whole_store
}

tar -cPf evil.tar --transform='s,^payload,../../../outside/pwned,' -C tree payload
refused evil.tar 'outside/pwned'

tar -cPf evil.tar --transform="s,^payload,$SCRATCH/x/../outside/pwned," -C tree payload
refused evil.tar 'outside/pwned'

# A link out, then a file through it.
ln -s "$SCRATCH/outside" tree/link
tar -cf evil.tar -C tree link
tar -rf evil.tar --transform='s,^payload,link/pwned,' -C tree payload
push_tars link harmless.tar evil.tar
run marten pull -q "$OWN/link"
expect_eq "$(ls outside)" "" "files written through the link"

# A hard link to a file outside.
echo secret >outside/secret
(cd tree && mkdir -p "$SCRATCH/hard" && cd "$SCRATCH/hard" && echo secret >secret && ln secret stolen)
tar -cPf evil.tar --transform="s,^secret,../../../outside/secret,;s,^stolen,stolen,RSh" -C "$SCRATCH/hard" stolen secret
push_tars hard harmless.tar evil.tar
run marten pull -q "$OWN/hard"
expect_eq "$(stat -c %h outside/secret)" 1 "links of a file outside"
expect_whole_store
stop_own_registry
