#!/usr/bin/env bash
# not as a user: it becomes several users itself
# `polecat info`, `verify` and `extract` tell, check and unpack a bundle without running it, for anybody.
. "$(dirname "$0")/lib.sh"

polecat --no-verify --net none --cwd /etc -b /srv:/data:ro -o show.sh "$BUSYBOX_ROOT" cat /etc/passwd >/dev/null 2>&1
expect_status 0 polecat info show.sh
expect_match "$out" 'command +cat /etc/passwd'
expect_match "$out" 'bind +/srv on /data, read-only'
expect_match "$out" 'network +none'
expect_match "$out" 'directory +/etc; the caller.s is not shown'
expect_match "$out" 'files +[0-9]+, zstd in blocks of 128.0 KiB'
polecat info --format json show.sh >info.json
expect_eq "$(jq -r '.args | join(" ")' info.json)" "cat /etc/passwd"
expect_eq "$(jq -r '.version, .format, .network' info.json | paste -sd' ')" "2 sh none"
image=$(jq -r .image.offset info.json)
expect_eq "$(dd if=show.sh bs=4096 skip=$((image / 4096)) count=$(($(jq -r .image.size info.json) / 4096)) 2>/dev/null | sha256sum | cut -d' ' -f1)" \
    "$(jq -r .image.sha256 info.json)" "the image's digest"

expect_status 0 polecat verify show.sh
expect_eq "$out" "'show.sh' is whole"
damage() {
    cp show.sh damaged.sh
    printf X | dd of=damaged.sh bs=1 seek="$1" conv=notrunc 2>/dev/null
    expect_status 1 polecat verify damaged.sh
    expect_one_line_error polecat
    expect_match "$err" "'damaged.sh' is damaged: .*$2"
}
size=$(stat -c %s show.sh)
damage 100 'bytes 0 to [0-9]+ \(header, runner'
damage $((image + 5000)) '\(.*image'
damage $((size - 300)) 'list of digests'
damage $((size - 1)) 'trailer'

expect_status 0 polecat extract show.sh
expect_match "$err" "^polecat: 'cat.root': [0-9]+ files, "
cmp cat.root/etc/passwd "$BUSYBOX_ROOT/etc/passwd"
expect_eq "$(stat -c %a cat.root/tmp)" 1777
expect_status 1 polecat extract show.sh
expect_one_line_error polecat
mkdir user
chown 64323 user
expect_status 0 setpriv --reuid 64323 --regid 64323 --clear-groups polecat extract show.sh user/files
cmp user/files/etc/passwd "$BUSYBOX_ROOT/etc/passwd"
expect_status 1 polecat extract damaged.sh other
[ ! -e other ] || fail "a damaged bundle was unpacked"

# Wrong use, and what is no bundle or one of another version.
for words in 'info' 'verify a b' 'extract' 'info --nonsense show.sh' 'info --format xml show.sh'; do
    expect_status 2 polecat $words
    expect_one_line_error polecat
done
for command in info verify extract; do
    expect_status 0 polecat $command --help
    expect_match "$out" "Usage: polecat $command"
    expect_status 1 polecat $command /bin/sh
    expect_one_line_error polecat
    cp show.sh old.sh
    printf '\1' | dd of=old.sh bs=1 seek=$((size - 256 + 8)) conv=notrunc 2>/dev/null
    expect_status 1 polecat $command old.sh
    expect_match "$err" 'has format version 1, and version 2 is known here'
done
