#!/usr/bin/env bash
# as a user with lent IDs, too
# timeout: 600
# resource: dens
# --qemu --cross arm64: the machine itself is one of arm64, with a kernel and a filter of that kind; the rest is as in any
# machine. Its next run, and an image for arm64, need no word.
. "$(dirname "$0")/lib.sh"
. "$SOURCE_TREE/scripts/oci-layout.sh"
needs_guest arm64
command -v qemu-system-aarch64 >/dev/null || skip "qemu-system-aarch64 is not installed"

# ---- what no machine can do is said before ----
wrong_use() {
    expect_status 2 minc "${@:2}" -r "$ARM_ROOT" true
    expect_one_line_error minc
    expect_match "$err" "$1"
}
wrong_use 'no machine for programs of s390x' --qemu --cross s390x
wrong_use 'accel kvm' --qemu --cross arm64 --accel kvm
wrong_use "'--machine virt'" --qemu --arch arm64 --machine microvm
wrong_use "'--machine pc' or 'microvm'" --qemu --machine virt
wrong_use '--cross and --um' --um --cross arm64
mkdir empty
give empty
expect_status 125 env MINCS_ERMINE="$PWD/empty" minc --qemu --cross arm64 -r "$ARM_ROOT" true
expect_match "$err" 'hint: make one: ermine-breeder distro --arch arm64' "no guest"

# ---- the command ----
chmod 1777 "$ARM_ROOT/tmp"
mkdir web && echo from the host >web/file
python3 -m http.server --bind 127.0.0.1 --directory web 0 >server.log 2>&1 &
track $!
port() { grep -o 'port [0-9]*' server.log | cut -d' ' -f2; }
wait_until 20 port >/dev/null
# shellcheck disable=SC2016
expect_status 42 minc --qemu --cross arm64 --cidfile id -k --user alice -e WORD=said --mem-limit 200m --cpus 1 -r "$ARM_ROOT" sh -c '
    echo err >&2; uname -m; id; echo "$WORD $0 $*"; cat; busybox nproc; busybox grep MemTotal: /proc/meminfo
    busybox grep Seccomp: /proc/self/status; busybox unshare -U true || echo refused
    busybox wget -q -O - "http://10.0.2.2:$1/file"; echo kept >/tmp/made; exit 42' zero "$(port)" < <(echo in; echo more)
expect_match "$err" '^err' "stderr"
memory=$(awk '/MemTotal/ {print $2}' <<<"$out")
[ "$memory" -gt 100000 ] && [ "$memory" -lt 204800 ] || fail "the machine has $memory kB"
expect_eq "$(grep -v MemTotal <<<"$out" | tr -s '\t\n' '  ')" \
    "aarch64 uid=1234(alice) gid=1235(alice) said zero $(port) in more 1 Seccomp: 2 refused from the host " "stdout"
expect_status 0 marten diff "$(cat id)"
expect_match "$out" '/tmp/made' "what it changed"

# ---- once more, with and without a machine ----
expect_status 0 minc --qemu -t "$(cat id)" sh -c 'cat /tmp/made; uname -m; uname -r'
expect_match "$out" $'^kept\naarch64\n.*arm64$' "the next run"
expect_status 0 minc -t "$(cat id)" sh -c 'cat /tmp/made; uname -m; uname -r'
expect_eq "$out" $'kept\naarch64\n'"$(uname -r)" "the one after that, by qemu-user"

# ---- a published port; a user's takes a helper that not every machine has ----
answers() { [ "$(python3 -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:18762/file", timeout=2).read().decode(), end="")' 2>/dev/null)" = "from arm64" ]; }
if [ -z "${MINCS_TEST_USER:-}" ]; then
    expect_status 0 minc --qemu --cross arm64 -B --name web --net dens -p 127.0.0.1:18762:80 -r "$ARM_ROOT" \
        sh -c 'echo from arm64 >/tmp/file; exec busybox httpd -f -h /tmp -p 80'
    wait_until 120 answers
    expect_status 0 marten rm -f web
fi

# ---- an image ----
layout=$SCRATCH/layout
oci_init "$layout"
read -r digest size < <(oci_manifest "$layout" '"Cmd":["/bin/uname","-m"],"Env":["PATH=/bin"]' arm64 "$(oci_layer "$layout" "$ARM_ROOT")")
oci_finish "$layout" application/vnd.oci.image.manifest.v1+json "$digest" "$size"
give "$layout"
expect_status 0 marten import -q --platform linux/arm64 "$layout" arm
expect_status 0 minc --qemu --rm -r arm
expect_eq "$out" aarch64 "an image for arm64"

# ---- a terminal, and the background ----
expect_eq "$(run_in_terminal minc --qemu --cross arm64 -r "$ARM_ROOT" sh -c 'test -t 0 && test -t 1 && echo "terminal of $(uname -m)"')" "terminal of aarch64"
# shellcheck disable=SC2016
expect_status 0 minc --qemu --cross arm64 -B --name box -r "$ARM_ROOT" sh -c 'trap "echo told; exit 9" TERM; echo up; while :; do sleep 0.1; done'
is_up() { marten logs box | grep -q '^up$'; }
wait_until 120 is_up
expect_status 0 marten stop -T 60 box
expect_status 0 marten wait box
expect_eq "$out" 9 "the status"
expect_eq "$(marten logs box | tail -n 1)" told "its last word"
expect_status 0 marten rm box
