#!/usr/bin/env bash
# as a user with lent IDs, too
# CVE-2021-30465: two containers share a volume. The one swaps a directory in it for a link to the host, again and again,
# while the other is mounted upon it: a target that is looked at and then used by name would be made on the host.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the numbers are x86-64's"

mkdir -p shared/target data canary
echo data >data/file
ln -s "$PWD/canary" shared/link
give shared data canary
cat >swap.pl <<'EOF2'
$| = 1;
my ($from, $to) = ("/shared/link\0", "/shared/target\0");
my $swaps = 0;
print "ready\n";
until (-e "/shared/stop") { syscall(316, -100, $from, -100, $to, 2) == 0 ? $swaps++ : die "renameat2: $!\n" for 1 .. 100 }
print "swaps $swaps\n";
EOF2
minc -B --name swapper -r "$DEBIAN_ROOT" -b "$PWD/shared:/shared" -b "$PWD/swap.pl:/swap.pl" perl /swap.pl >/dev/null
is_ready() { marten logs swapper | grep -q ready; }
wait_until 20 is_ready
deadline=$((SECONDS + 5)) in_directory=0 elsewhere=0
for ((try = 0; try < 60 || SECONDS < deadline; try++)); do
    run minc -r "$BUSYBOX_ROOT" -b "$PWD/shared:/shared" -b "$PWD/data:/shared/target/new$((try % 3))" -b "$PWD/data/file:/shared/target/f" \
        cat "/shared/target/new$((try % 3))/file"
    if [ "$status" = 0 ]; then in_directory=$((in_directory + 1)); else elsewhere=$((elsewhere + 1)); fi
    expect_eq "$(ls -A canary)" "" "the host's directory after $try tries"
done
touch shared/stop
marten wait swapper >/dev/null
expect_match "$(marten logs swapper)" 'swaps [1-9][0-9]{3}' "what the attack said"
echo "$try tries: $in_directory as if nothing was, $elsewhere otherwise"
