#!/usr/bin/env bash
# as a user with lent IDs, too
# CVE-2016-9962: a container looks into the process that joins it, while that has still the host's descriptors and
# program. It is seen, but not into, up to the command's own start.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

cat >attack.pl <<'EOF'
use strict;
$| = 1;
my (%seen, $into);
print "ready\n";
until (-e "/done") {
    opendir(my $all, "/proc") or die;
    for my $pid (grep { /^\d+$/ && $_ > 1 && $_ != $$ } readdir($all)) {
        $seen{$pid} = 1;
        # Before its execve the process is marten; afterwards it is the container's own.
        my $program = readlink("/proc/$pid/exe") // next;
        next unless $program =~ /memfd|marten/;
        $into++;
        if (opendir(my $fds, "/proc/$pid/fd")) { print "its descriptors: ", join(" ", readdir($fds)), "\n" }
        print "its memory\n" if open(my $memory, "<", "/proc/$pid/mem");
    }
}
print "seen ", scalar(keys %seen), "\n";
print "looked into ", $into + 0, "\n";
EOF
minc -B --name box -r "$DEBIAN_ROOT" -b "$PWD/attack.pl:/attack.pl" perl /attack.pl >/dev/null
is_ready() { marten logs box | grep -q ready; }
wait_until 20 is_ready
# A PATH of many directories that are not there makes the time before the execve long.
path=$(printf '/nowhere:%.0s' $(seq 1 10000))/bin:/usr/bin
for i in $(seq 1 10); do
    marten exec -e "PATH=$path" box true
    marten exec -u 1000:1000 -e "PATH=$path" box true
done
# Upon that the container ends, maybe with touch still in it.
marten exec box touch /done || [ $? = 137 ]
marten wait box >/dev/null
said=$(marten logs box)
seen=$(sed -n 's/^seen //p' <<<"$said")
[ "$seen" -ge 10 ] || fail "the attack saw only $seen processes: it proves nothing"
expect_match "$said" 'looked into 0$' "what the attack said"
