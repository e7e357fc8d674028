#!/usr/bin/env bash
# as a user, too
# -s: a script installs in the root, makes and removes directories, and says what the bundle runs.
. "$(dirname "$0")/lib.sh"

cp -a "$BUSYBOX_ROOT" root
mkdir -p root/usr/share/doc root/srv
echo text >root/usr/share/doc/text
give root
cat >app.pkg <<'END'
# A comment.
NAME=tool
COMMAND="$NAME 'a b'"
MKDIRS='/var/log/tool /var/lib/tool'
RMDIRS=/usr/share/d*
install_command() {
    echo installing
    printf '#!/bin/sh\necho "$1: $(cat /etc/tool.conf)" "$(ls /var/log /usr/share)"\n' >/usr/bin/tool
    chmod 755 /usr/bin/tool
    echo configured >/etc/tool.conf
    cat app.pkg >/etc/script || return 7
}
END
expect_status 0 polecat -s app.pkg --report report -o tool.sh root
expect_match "$out" 'installing'
expect_match "$err" '1 of 1 run did the same'
expect_status 0 ./tool.sh
expect_eq "$out" "a b: configured /usr/share:

/var/log:
tool"
grep -q $'^/var/lib/tool\t' report
grep -q '/usr/share/doc' report && fail "what was to be removed is packed"
[ ! -e root/usr/bin/tool ] && [ -e root/usr/share/doc/text ] || fail "the root was changed"
expect_eq "$(find "$MINCS_DIR/containers" -mindepth 1)" "" "containers that are left"

# Named after the script; words on the command line win.
expect_status 0 polecat -s app.pkg root
[ -x app.sh ]
expect_status 0 polecat -s app.pkg -o cat.sh root cat /etc/tool.conf
expect_status 0 ./cat.sh
expect_eq "$out" configured

# What goes wrong is one line.
sed 's/echo installing/return 7/' app.pkg >bad.pkg
expect_status 1 polecat -s bad.pkg -o x.sh root
expect_one_line_error polecat
expect_match "$err" 'install_command ended with status 7'
echo 'MKDIRS=relative' >bad.pkg
expect_status 1 polecat -s bad.pkg -o x.sh root
expect_one_line_error polecat
echo 'true' >bad.pkg
expect_status 1 polecat -s bad.pkg -o x.sh root
expect_match "$err" 'sets no COMMAND'
expect_status 1 polecat -s none.pkg -o x.sh root
expect_one_line_error polecat
[ ! -e x.sh ]
