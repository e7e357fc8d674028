#!/usr/bin/env bash
# as a user, too
# A bind's destination is resolved inside the root: links of a hostile root lead nowhere else.
. "$(dirname "$0")/lib.sh"

mkdir -p canary data && echo alive >canary/file && echo data >data/file
cp -a "$BUSYBOX_ROOT" root
ln -s "$PWD/canary" root/absolute
ln -s ../../../../../../../../../../.."$PWD/canary" root/relative
for link in absolute relative; do
    run minc -r ./root -b "$PWD/data:/$link/sub" true
    expect_eq "$(ls canary)" file "the canary directory after -b through the $link link"
    run minc -r ./root -b "$PWD/data:/$link" sh -c "cat /$link/file"
    expect_no_match "$out" alive "what is seen through the $link link"
done
expect_eq "$(cat canary/file)" alive
