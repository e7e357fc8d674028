#!/usr/bin/env bash
# as a user, too
# A root whose /dev, /proc, /sys, /etc/resolv.conf are links to the host changes nothing there.
. "$(dirname "$0")/lib.sh"

mkdir -p canary/dir && echo alive >canary/file
cp -a "$BUSYBOX_ROOT" plain
state() { find "$SCRATCH/canary" -printf '%p %y %m %u %s %T@\n' -exec cat {} \; 2>/dev/null | sha256sum; }
before=$(state)
for kind in absolute dotdot; do
    for victim in dev proc sys etc tmp run etc/resolv.conf etc/hosts etc/hostname etc/passwd; do
        for target in dir file; do
            rm -rf root && cp -a plain root && rm -rf "root/$victim"
            case $kind in
            absolute) ln -s "$SCRATCH/canary/$target" "root/$victim" ;;
            dotdot) ln -s "../../../../../../../../../../../..$SCRATCH/canary/$target" "root/$victim" ;;
            esac
            run minc -r ./root /bin/busybox sh -c 'echo ran; echo x >/dev/null' </dev/null
            expect_eq "$(state)" "$before" "the host's files after a root with /$victim -> $target ($kind)"
            [ "$status" = 0 ] || [ "$status" -ge 125 ] || expect_match "$err" "can't create|nonexistent" "its failure"
            # Once more without the overlay to protect the directory.
            run minc -D -r ./root /bin/busybox true </dev/null
            expect_eq "$(state)" "$before" "the same with -D"
        done
    done
done
