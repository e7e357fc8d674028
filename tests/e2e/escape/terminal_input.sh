#!/usr/bin/env bash
# as a user, too
# CVE-2017-5226: TIOCSTI pushes keys into the terminal of whoever called minc, whose shell then runs them. A container that
# was handed that terminal (its stdout goes elsewhere) must not, also by a request with high bits (CVE-2019-10063).
. "$(dirname "$0")/../lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the numbers are x86-64's"

cat >push.pl <<'EOF2'
for my $request (map { hex } @ARGV) {
    for my $key (split //, "owned\n") {
        syscall(16, 0, $request, $key) == 0 or do { printf "%x: %s\n", $request, $!; last };
    }
}
EOF2
cp -a "$DEBIAN_ROOT" root
cp push.pl root/tmp/
# What minc's caller reads from its terminal afterwards.
cat >caller.sh <<'EOF2'
minc "$@" | cat
read -r -t 0.5 line && echo "came: $line"
true
EOF2
answer=$(run_in_terminal bash caller.sh --privileged -r ./root perl /tmp/push.pl 5412)
expect_match "$answer" "came: owned" "without protection"
for request in 5412 7fffffff00005412 541c 100000000541c; do
    answer=$(run_in_terminal bash caller.sh -r ./root perl /tmp/push.pl $request)
    expect_match "$answer" "$(sed 's/^0*//' <<<$request): Operation not permitted" "the answer to request $request"
    expect_no_match "$answer" came "what came to the caller"
done
# exec hands its caller's terminal in the same way.
minc -B --name box -r ./root sleep 1000 >/dev/null
cat >caller.sh <<'EOF2'
marten exec -i box perl /tmp/push.pl 5412 | cat
read -r -t 0.5 line && echo "came: $line"
true
EOF2
answer=$(run_in_terminal bash caller.sh)
expect_match "$answer" "5412: Operation not permitted" "the answer to exec"
expect_no_match "$answer" came "what came to the caller of exec"
marten rm -f box >/dev/null
