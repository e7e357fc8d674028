#!/usr/bin/env bash
# as a user, too
# CVE-2019-5736: a container makes exec run its own program again ("#!/proc/self/exe"), takes hold of /proc/PID/exe
# and writes to it once the program has ended. The host's marten must stay as it is.
. "$(dirname "$0")/../lib.sh"

mkdir own
cp "$(command -v marten)" own/marten
minc -B --name box -r "$DEBIAN_ROOT" sleep 1000 >/dev/null
marten exec box sh -c 'printf "#!/proc/self/exe\n" >/evil; chmod +x /evil; mkfifo /fifo'
# The loader waits at the fifo, as the program that it is loading: time enough to look at it.
own/marten exec -e LD_PRELOAD=/fifo box /evil >evil.log 2>&1 &
track $!
cat >attack.pl <<'EOF'
use strict;
my $victim;
for (1 .. 200) {
    for my $pid (grep { /^\d+$/ && $_ != $$ } map { s,/proc/,,r } glob("/proc/[0-9]*")) {
        my $program = readlink("/proc/$pid/exe") // next;
        $victim = $pid if $program =~ /marten|memfd/;
    }
    last if $victim;
    select(undef, undef, undef, 0.05);
}
die "no program of the host's was seen\n" unless $victim;
open(my $program, "<", "/proc/$victim/exe") or die "opening it: $!\n";
open(my $fifo, ">", "/fifo");
close($fifo);
select(undef, undef, undef, 0.05) while -e "/proc/$victim";
print "opened\n";
open(my $write, "+<", "/proc/self/fd/" . fileno($program)) or do { print "refused: $!\n"; exit };
defined(syswrite($write, "owned")) or do { print "refused: $!\n"; exit };
print "written\n";
EOF
expect_status 0 marten exec -i box perl - <attack.pl
expect_match "$out" $'^opened\nrefused: ' "what the attack said"
cmp own/marten "$(command -v marten)" || fail "the host's program was overwritten"
marten rm -f box >/dev/null
