#!/usr/bin/env bash
# as a user with lent IDs, too
# timeout: 600
# A guest with the distribution's kernel: killed on the way nothing is there; what is in it; made again only where it
# would be another, and of that only what is; it boots under emulation; and goes.
. "$(dirname "$0")/lib.sh"
export MINCS_ERMINE=$SCRATCH/home/kits
[ "$(uname -m)" = x86_64 ] || skip "what is expected here is a kit for x86_64"

# ---- killed ----
ermine-breeder distro >killed.out 2>&1 &
breeder=$!
track $breeder
wait_until 60 test -d "$MINCS_ERMINE/.x86_64-distro.work/kernel.download"
kill -KILL $breeder
wait $breeder || true
nobody_works_there() { ! readlink /proc/[0-9]*/cwd 2>/dev/null | grep -q "^$MINCS_ERMINE"; }
wait_until 20 nobody_works_there
expect_eq "$(find "$MINCS_ERMINE/.x86_64-distro.work/kernel.download" -name '*.deb' -size +60M)" "" "what apt-get went on with"
expect_status 1 ermine-breeder testrun
expect_match "$err" 'there is no guest for x86_64' "after a kill"

# ---- made ----
host_packages=$(stat -c '%Y %s' /var/lib/dpkg/status)
expect_status 0 ermine-breeder distro
kit=$out
expect_eq "$kit" "$MINCS_ERMINE/x86_64-distro" "what is printed"
expect_match "$err" 'linux-image-[^ ]+ [0-9.]+ MiB' "progress"
expect_eq "$(stat -c '%Y %s' /var/lib/dpkg/status)" "$host_packages" "the host's list of packages"
expect_eq "$(ls -A "$MINCS_ERMINE" | sort | tr '\n' ' ')" ".x86_64-distro.lock x86_64-distro " "what is left beside it"
expect_eq "$(ls "$kit" | tr '\n' ' ')" "ermine.json initramfs kernel " "the kit's files"
protocol=$(sed -n 's/.* kProtocol = \([0-9]*\);/\1/p' "$SOURCE_TREE/libermine/kit.hh")
expect_match "$(jq -r '[.protocol, .arch, .kind, .version] | join(" ")' "$kit/ermine.json")" "^$protocol x86_64 distro [0-9.-]+-amd64\$" "the note"
expect_match "$(file --brief "$kit/kernel")" '^ELF 64-bit LSB executable, x86-64' "the kernel"

cpio --quiet --list --verbose --numeric-uid-gid <"$kit/initramfs" >listing
expect_eq "$(awk '$1 ~ /^[dc]/ {print $1, $3, $4, $NF}' listing | tr '\n' ' ')" \
    "drwxr-xr-x 0 0 bin drwxr-xr-x 0 0 dev drwxr-xr-x 0 0 modules drwxr-xr-x 0 0 proc drwxr-xr-x 0 0 run drwxr-xr-x 0 0 share drwxr-xr-x 0 0 sys crw------- 0 0 dev/console crw-rw-rw- 0 0 dev/null " \
    "directories and devices"
mkdir root && (cd root && cpio --quiet --extract --make-directories --no-absolute-filenames init 'bin/*' 'modules/*' <"$kit/initramfs")
cmp "$build/libexec/mincs/minc-guest" root/init
expect_eq "$(root/bin/busybox echo here)" here "busybox"

# Each module is there after those that it needs.
loaded=' '
for module in root/modules/*; do
    for needed in $(modinfo --field depends "./$module" | tr ',' ' '); do
        expect_match "$loaded" " ${needed//-/_} " "what stands before $module"
    done
    name=$(basename "$module" .ko)
    name=${name#[0-9][0-9]-}
    loaded+="${name//-/_} "
done
for wanted in virtio_pci virtio_mmio virtio_console virtio_rng virtio_net 9p 9pnet_virtio virtiofs overlay; do
    expect_match "$loaded" " $wanted " "the modules"
done

# ---- made again ----
before=$(stat -c %i "$kit")
expect_status 0 ermine-breeder distro
expect_eq "$out" "$kit" "what is printed"
expect_eq "$err" "" "what the second run fetched"
expect_eq "$(stat -c %i "$kit")" "$before" "the kit"

# ---- booted ----
expect_status 0 ermine-breeder testrun --timeout 120
expect_match "$out" '^x86_64-distro [0-9.-]+-amd64 is up after [0-9.]+ s$' "testrun"
expect_status 1 ermine-breeder testrun --timeout 1
expect_match "$err" 'the guest x86_64-distro does not come up within 1 s' "testrun without time"
printf '#!/bin/sh\nexit 3\n' >"$SCRATCH/qemu-system-x86_64"
chmod 755 "$SCRATCH" "$SCRATCH/qemu-system-x86_64"
expect_status 1 env PATH="$SCRATCH:$PATH" ermine-breeder testrun
expect_match "$err" 'ended with status 3 before it was up' "a machine that ends"

printf '#!/bin/sh\nread -r line\necho "$line" and "$#" words\n' >"$SCRATCH/qemu-system-x86_64"
expect_status 0 env PATH="$SCRATCH:$PATH" ermine-breeder testrun --shell <<<typed
expect_match "$out" '^typed and [0-9]+ words$' "a shell in the guest"
expect_eq "$(ls -A "$TMPDIR")" "" "what a shell leaves"

# ---- another first program, and nothing else ----
cat >init.c <<'C'
#include <unistd.h>
int main(int argc, char** argv) {
    (void)argc;
    argv[0] = "sh";
    argv[1] = 0;
    execv("/bin/busybox", argv);
    return 1;
}
C
cc -static -o init init.c
expect_status 0 ermine-breeder distro --init "$PWD/init"
expect_match "$err" '^ermine-breeder: busybox-static [^'$'\n'']*$' "what is fetched for it"
cpio --quiet --list --verbose --numeric-uid-gid <"$kit/initramfs" >changed
expect_eq "$(diff <(grep -v ' init$' listing) <(grep -v ' init$' changed))" "" "the rest of the first root"
expect_status 0 ermine-breeder testrun --timeout 120

# ---- gone ----
mkdir "$MINCS_ERMINE/mine"
expect_status 0 ermine-breeder clean
expect_eq "$out" "$kit" "what clean removed"
expect_eq "$(ls -A "$MINCS_ERMINE")" mine "what clean leaves"
