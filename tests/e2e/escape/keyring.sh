#!/usr/bin/env bash
# as a user, too
# The host's session keyring (keyrings(7)) holds secrets of its owner; a container has a new one, and no calls for keys.
. "$(dirname "$0")/../lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the numbers are x86-64's"

# add_key("user", "mincs", "secret", session), then a look for it in a container
cat >add.pl <<'EOF'
my $key = syscall(248, my $type = "user", my $name = "mincs-secret", my $secret = "x", 1, -3);
die "add_key: $!\n" if $key == -1;
exec @ARGV;
EOF
cat >find.pl <<'EOF'
my $key = syscall(250, 10, -3, my $type = "user", my $name = "mincs-secret", 0);
print $key == -1 ? "not there\n" : "found\n";
EOF
cp -a "$DEBIAN_ROOT" root
cp add.pl find.pl root/tmp/
# keyctl_join_session_keyring first, so that the machine's own is left alone
start='syscall(250, 1, 0) != -1 or die; exec @ARGV'
run perl -e "$start" perl add.pl perl find.pl
[ "$out" = found ] || skip "no keys here: $err"
expect_status 0 perl -e "$start" perl add.pl "$MINC" --seccomp-unconfined -r ./root perl /tmp/find.pl
expect_eq "$out" "not there" "the caller's key, without a filter"
expect_status 0 perl -e "$start" perl add.pl "$MINC" -r ./root perl /tmp/find.pl
expect_eq "$out" "not there" "the caller's key"
# The keys of whoever joins stay outside as well.
minc -B --name box --seccomp-unconfined -r ./root sleep 1000 >/dev/null
expect_status 0 perl -e "$start" perl add.pl "$MARTEN" exec box perl /tmp/find.pl
expect_eq "$out" "not there" "the key of exec's caller, without a filter"
marten rm -f box >/dev/null
