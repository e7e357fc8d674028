#!/usr/bin/env bash
# Sixteen processes pull, import, commit, tag, run, remove and collect at once in one store, and a checker beside them looks
# all the while whether what is recorded is whole: verify is clean, li and lc work, no reference in the database
# leads nowhere. What the workers say may be "there is no such image"; nothing may crash, hang or break.
# usage: soak.sh [SECONDS [PROCESSES]]
. "$(dirname "$0")/../lib.sh"
. "$TESTS/fixtures/store.sh"
seconds=${1:-60}
processes=${2:-16}

start_own_registry
mkdir -p a/dir b/dir
cp "$(command -v busybox)" a/busybox
echo a >a/dir/file && ln a/dir/file a/link
echo b >b/dir/file && touch b/.wh.link
mkdir dir && echo made >dir/made
for layer in a b; do tar -C $layer -cf $layer.tar .; done
push_tars one a.tar
push_tars two a.tar b.tar
push_tars three b.tar
names=(one two three made-1 made-2 done-1 done-2)
pulled=(one two three)

any() { # any ARRAY: one of its words
    local -n words=$1
    echo "${words[RANDOM % ${#words[@]}]}"
}

# What may be refused, as somebody else was faster.
expected='neither an image nor a directory|there is no (image|container)|may be several|is in use by|was removed|has been removed|in use|is running|runs and uses|several names|is made from|no name of|not the name|there is a container'

step() {
    case $((RANDOM % 12)) in
    0 | 1 | 2) marten pull -q "$OWN/$(any pulled)" ;;
    3) marten import -q dir "made-$((RANDOM % 2 + 1))" ;;
    4) marten tag "$(any names)" "made-$((RANDOM % 2 + 1))" ;;
    5 | 6) marten rmi "$(any names)" ;;
    7) minc -r two --name "box-$1" /busybox sh -c "echo $RANDOM >/new" ;;
    8) marten commit -q "box-$1" "done-$((RANDOM % 2 + 1))" ;;
    9) marten rm "box-$1" ;;
    10) minc --rm -r one /busybox true ;;
    11) marten li ;;
    esac
}

worker() {
    local status
    RANDOM=$1
    while [ ! -e stop ]; do
        status=0
        step "$1" >"out-$1" 2>"err-$1" || status=$?
        if [ $status != 0 ] && ! grep -qE "$expected" "err-$1"; then
            echo "worker $1: status $status: $(cat "err-$1")" >>complaints
            touch stop
        fi
        echo >>"steps-$1"
    done
}

check_once() {
    marten verify -q >verified 2>&1 || echo "verify: $(cat verified)" >>complaints
    marten li >/dev/null 2>listed || echo "li: $(cat listed)" >>complaints
    marten lc >/dev/null 2>listed || echo "lc: $(cat listed)" >>complaints
}

touch complaints
marten li >/dev/null
for i in $(seq "$processes"); do
    worker "$i" &
    track $!
done
checks=0
end=$((SECONDS + seconds))
while [ "$SECONDS" -lt "$end" ] && [ ! -s complaints ]; do
    check_once
    checks=$((checks + 1))
done
touch stop
wait "${tracked[@]:1}"
tracked=("${tracked[0]}")
[ ! -s complaints ] || fail "$(head -c 3000 complaints)"

# In the end, all gone, nothing is left.
check_once
for container in $(marten lc --long | awk 'NR > 1 {print $1}'); do marten rm "$container" >/dev/null; done
for image in $(marten li --long | awk 'NR > 1 {print $1}' | sort -u); do
    while marten rmi "$image" >/dev/null 2>&1; do :; done
    for name in $(marten li --long | awk -v id="$image" '$1 == id {print $NF}'); do marten rmi "$name" >/dev/null; done
done
marten tag none none 2>/dev/null || true
[ ! -s complaints ] || fail "$(cat complaints)"
wait_for_deletion
expect_eq "$(cd "$MINCS_DIR" && find layers blobs containers staging -mindepth 1 ! -path 'blobs/sha*')$(cd "$MINCS_DIR" &&
    find blobs -type f)" "" "what is left of all"
echo "soak: $(cat steps-* | wc -l) commands of $processes processes, $checks checks in $seconds seconds"
stop_own_registry
