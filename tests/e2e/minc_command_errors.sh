#!/usr/bin/env bash
# in a machine, too
# as a user, too
# 127 where the command is not found, 126 where it cannot be executed; one line says which.
. "$(dirname "$0")/lib.sh"

cp -a "$BUSYBOX_ROOT" root
echo text >root/plain
printf '\x7fELF garbage' >root/garbage && chmod 755 root/garbage
printf '#!/no/interpreter\n' >root/script && chmod 755 root/script
fails() {
    local want=$1
    shift
    expect_status "$want" minc -r ./root "$@"
    expect_one_line_error minc
    expect_match "$err" "${!#}" "names the command"
}
fails 127 no-such-command
fails 127 /no/such/path
fails 126 /plain
fails 126 /garbage
fails 126 /etc
expect_status 125 minc -r ./no-such-root true
expect_one_line_error minc
expect_match "$err" "no-such-root"
expect_eq "$(ls "$MINCS_DIR/containers" 2>/dev/null)" "" "containers left"
