#!/usr/bin/env bash
# Fifty containers start together on one bridge: each has an address of its own, all know all, each answers; then they go
# together, and nothing stays.
# as a user, too
# timeout: 300
. "$(dirname "$0")/fixtures/network.sh"
count=50
export BUSYBOX_ROOT

seq $count | xargs -P 10 -I N minc -B --name boxN --net dens -p 127.0.0.1:160N:80 -r "$BUSYBOX_ROOT" \
    sh -c 'while true; do echo N | nc -l -p 80; done' >ids 2>errors || fail "$(head -n 3 errors)"
expect_eq "$(sort -u ids | wc -l)" $count "containers"
marten network inspect dens | jq -r '.[0].containers[].address4' | sort -u >addresses
expect_eq "$(wc -l <addresses)" $count "addresses"
expect_eq "$(marten exec box1 cat /etc/hosts | grep -c '^192.*box')" $count "names that the first one knows"
for number in 1 25 50; do
    expect_eq "$(marten exec box$number nc -w 2 box$((number % count + 1)) 80 </dev/null)" $((number % count + 1))
    expect_eq "$(ask 127.0.0.1 160$number)" $number
done
mapfile -t names < <(seq -f 'box%.0f' $count)
marten rm -f "${names[@]}" >/dev/null
no_leftovers
expect_eq "$(ls "$MINCS_DIR/containers")" "" "containers left"
