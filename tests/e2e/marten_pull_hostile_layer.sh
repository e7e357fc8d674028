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
refused evil.tar 'link/pwned'

# The same by a link that stays inside the layer's own tree: nothing is written through a link.
ln -sfn etc tree/link
tar -cf evil.tar -C tree link
tar -rf evil.tar --transform='s,^payload,link/pwned,' -C tree payload
refused evil.tar 'link/pwned'

# A hard link to a file outside: the target of the second entry is rewritten (flag h), not the first entry's name.
echo secret >outside/secret
mkdir hard && echo x >hard/first && ln hard/first hard/stolen
tar -cPf evil.tar --transform='s,^first$,../../../outside/secret,RSh' -C hard first stolen
refused evil.tar 'stolen'
expect_eq "$(stat -c %h outside/secret)" 1 "links of a file outside"
stop_own_registry
