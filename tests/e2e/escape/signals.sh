#!/usr/bin/env bash
# as a user with lent IDs, too
# Processes outside are neither seen nor signalled: not by their numbers, not by "all", not by process group or session,
# not by the owner of a descriptor (F_SETOWN), and not from a command that joined.
. "$(dirname "$0")/../lib.sh"

sleep 1000 &
victim=$!
track $victim
cat >attack.pl <<'EOF2'
use Fcntl;
my $victim = shift;
$SIG{IO} = "IGNORE";
print kill(0, $victim) ? "seen\n" : "not there\n";
kill(9, $victim);
kill(9, -$victim);
pipe(my $in, my $out);
fcntl($in, 8, $victim + 0);
fcntl($in, 10, 9);
fcntl($in, F_SETFL, O_ASYNC | O_NONBLOCK);
syswrite($out, "x");
EOF2
cp -a "$DEBIAN_ROOT" root
cp attack.pl root/tmp/
# The numbers of the host are those of no process inside; where one is there by chance, it is none of the host's.
for way in "" --privileged --init "--user 1234"; do
    expect_status 0 minc $way -r ./root perl /tmp/attack.pl $victim
    expect_eq "$out" "not there" "the host's process $way"
    kill -0 $victim || fail "the host's process was ended, $way"
done
minc -B --name box -r ./root sleep 1000 >/dev/null
expect_status 0 marten exec box perl /tmp/attack.pl $victim
expect_eq "$out" "not there" "the host's process from exec"
# All processes: those of the container end, minc's own caller does not.
minc -r ./root sh -c 'kill -9 -1; echo alone' >said
run marten exec box sh -c 'kill -9 -1'
kill -0 $victim || fail "the host's process was ended by 'all'"
expect_eq "$(cat said)" alone
marten rm -f box >/dev/null
