#!/usr/bin/env bash
# in a machine, too
# as a user, too
# The command's environment is small and known; -e adds to it, the caller's does not leak in.
. "$(dirname "$0")/lib.sh"

export CALLERS_SECRET=leak HANDED_ON='two words'
expect_status 0 minc -r "$BUSYBOX_ROOT" env
expect_no_match "$out" "CALLERS_SECRET|MINCS_DIR" "the environment"
expect_match "$out" "PATH=[^"$'\n'"]*/bin" "the environment"
expect_status 0 minc -r "$BUSYBOX_ROOT" -e A=1 -e 'B=x y=z' -e HANDED_ON -e EMPTY= sh -c 'echo "$A|$B|$HANDED_ON|${EMPTY-unset}|${NONE-unset}"'
expect_eq "$out" "1|x y=z|two words||unset"
expect_status 0 minc -r "$BUSYBOX_ROOT" -e PATH=/nowhere:/usr/bin:/bin sh -c 'echo $PATH'
expect_eq "$out" /nowhere:/usr/bin:/bin

# --env-file: nothing is quoted; a name alone is the caller's; -e has the last word.
printf '# comment\nA=file\n  B="quoted" # no comment\nHANDED_ON\nNONE\n\nC=cr\r\nD=\n' >env
expect_status 0 minc -r "$BUSYBOX_ROOT" -e A=option --env-file env sh -c 'echo "$A|$B|$HANDED_ON|${NONE-unset}|$C|${D-unset}"'
expect_eq "$out" 'option|"quoted" # no comment|two words|unset|cr|'
expect_status 125 minc -r "$BUSYBOX_ROOT" --env-file missing true
expect_match "$err" "'missing': No such file"
echo =x >env
expect_status 2 minc -r "$BUSYBOX_ROOT" --env-file env true
expect_one_line_error minc
