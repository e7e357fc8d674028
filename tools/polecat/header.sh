#!/bin/sh
# An application in one file, made by polecat @VERSION@ (part of the mincs suite). It runs
#     @COMMAND@
# Run it: ./FILE [ARGUMENT...]    or: sh FILE [ARGUMENT...]
# Behind this script stand a small program, @RUNNER_PAGES@ pages of 4096 bytes from page @RUNNER_PAGE@ on, and the
# application's files as a squashfs image. The script copies the program out, and no more; the
# program mounts the image in place. The last 256 bytes of the file tell where everything is.
bundle=$0
case $bundle in
*/*) ;;
*) if [ -f "./$bundle" ]; then bundle=./$bundle; else bundle=$(command -v -- "$bundle"); fi ;;
esac
if ! [ -r "$bundle" ]; then
    echo "polecat: error: finding the bundle: '$0' cannot be read" >&2
    exit 1
fi
runner=
trap '[ -z "$runner" ] || rm -rf "$runner"; exit 1' HUP INT TERM
for place in "${XDG_RUNTIME_DIR:-}" /dev/shm /run /tmp .; do
    [ -n "$place" ] && [ -d "$place" ] || continue
    mkdir -m 700 "$place/polecat-run.$$" 2>/dev/null || continue
    runner=$place/polecat-run.$$
    program=$runner/polecat
    # Only the own, new directory is written to; "-x" is false where programs may not be run (noexec).
    if { true >"$program"; } 2>/dev/null; then
        chmod 700 "$program" 2>/dev/null & # while dd copies
        if dd if="$bundle" of="$program" bs=4096 skip=@RUNNER_PAGE@ count=@RUNNER_PAGES@ 2>/dev/null &&
            wait $! && [ -x "$program" ]; then
            exec "$program" --polecat-copied-from "$bundle" "$@"
        fi
    fi
    rm -rf "$runner"
    runner=
done
echo "polecat: error: starting '$0': no directory that programs can be run from" >&2
echo "hint: set XDG_RUNTIME_DIR to a writable directory, not mounted noexec" >&2
exit 1
