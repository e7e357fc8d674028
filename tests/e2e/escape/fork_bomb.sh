#!/usr/bin/env bash
# as a user, too
# control groups are handed over
# A container that forks for ever is bounded by --pid-max, ends with its first process, and leaves none behind.
. "$(dirname "$0")/../lib.sh"

bomb=bomb-$$.pl # there may be a run of this as another user at the same time
cat >"$bomb" <<'EOF'
my ($children, $refused) = (0, 0);
for (1 .. 200) {
    my $pid = fork();
    if (!defined $pid) { $refused++; last }
    if ($pid == 0) { sleep 1000; exit }
    $children++;
}
print "$children $refused\n";
EOF
cp -a "$DEBIAN_ROOT" root
cp "$bomb" root/tmp/
expect_status 0 minc -r ./root perl "/tmp/$bomb"
expect_eq "$out" "200 0" "without protection"
expect_status 0 minc -r ./root --pid-max 20 perl "/tmp/$bomb"
expect_match "$out" '^1[0-9] 1$' "children, refusals"
[ -z "$(pgrep -f "/tmp/$bomb")" ] || fail "processes of the container are left: $(pgrep -fa "/tmp/$bomb")"
