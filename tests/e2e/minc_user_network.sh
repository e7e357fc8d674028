#!/usr/bin/env bash
# --net dens and -p for an ordinary user, by pasta or by slirp4netns: containers reach each other by address and by name, and
# the world outside; the host's ports lead to them, TCP and UDP; nothing is left, whatever is killed.
# as a user, only
. "$(dirname "$0")/fixtures/network.sh"
command -v pasta >/dev/null && command -v slirp4netns >/dev/null || skip "pasta and slirp4netns are not installed"

# A user's overlay cannot add to the directories of a root that is another's: the files that are mounted on come from
# a directory of his above it.
mkdir -p "$SCRATCH/top/etc" "$SCRATCH/top/net"
touch "$SCRATCH/top/etc/hosts" "$SCRATCH/top/etc/resolv.conf"
chown -R "$MINCS_TEST_USER" "$SCRATCH/top"
DEBIAN_ROOT=$SCRATCH/top:$DEBIAN_ROOT
"${in_outside[@]}" python3 "$SCRATCH/serve.py" >outside.log &
track $!
# Processes of this test's that are helpers: "PID NAME".
helpers() {
    local pid name
    pgrep -l -u "$MINCS_TEST_USER" '^(pasta|passt|slirp4netns|minc-dens)' | while read -r pid name; do
        ! grep -qsF "${MINC%/*}" "/proc/$pid/environ" || echo "$pid $name"
    done
}
nobody_left() { [ -z "$(helpers)" ]; }

# ---- by pasta ----
server one --net dens -p 8080:80 -p 8080:80/udp -p '127.0.0.1:8081:80'
server two --net dens
expect_match "$(ask_from one two 80)" "^two tcp (fd|192)"
expect_match "$(ask_from two one 80 udp)" "^one udp "
wait_until 20 grep -q serving outside.log
expect_match "$(ask_from one 198.51.100.2 80)" ' tcp 198\.51\.100\.1$'
expect_match "$(ask_from one 198.51.100.2 80 udp)" ' udp 198\.51\.100\.1$'
expect_match "$(ask_from one 2001:db8::2 80)" ' tcp 2001:db8::1$'

expect_match "$(ask_from_outside 198.51.100.1 8080)" '^one tcp 192\.168\.139\.1$'
expect_match "$(ask_from_outside 198.51.100.1 8080 udp)" '^one udp 192\.168\.139\.1$'
expect_match "$(ask_from_outside 2001:db8::1 8080)" '^one tcp fd'
for address in 127.0.0.1 198.51.100.1 ::1 2001:db8::1; do
    expect_match "$(ask $address 8080)" '^one tcp '
    expect_match "$(ask $address 8080 udp)" '^one udp '
done
expect_match "$(ask 127.0.0.1 8081)" '^one tcp '
expect_status 1 ask_from_outside 198.51.100.1 8081
expect_match "$(ask_from two host.containers.internal 8080)" '^one tcp '
expect_eq "$(marten port one --format '{host_port} {port}/{protocol}' | head -n 1)" "8080 80/tcp"
expect_status 125 minc --rm --net dens -p 8080:81 -r "$BUSYBOX_ROOT" true
expect_eq "$err" "minc: error: publishing 8080:81/tcp: the host's port 8080/tcp is taken"
expect_status 125 minc --rm --net dens -p 80:80 -r "$BUSYBOX_ROOT" true
expect_match "$err" "the host's port 80/tcp is for root only"
expect_status 125 minc --rm --net raw,up0 -r "$BUSYBOX_ROOT" true
expect_eq "$err" "minc: error: lending the interface 'up0': only root of the host can"

# Another's network, seen by its namespace and its names.
expect_eq "$(minc --rm --net container:one -r "$BUSYBOX_ROOT" readlink /proc/self/ns/net)" \
    "$(marten exec one readlink /proc/self/ns/net)"
# One that does not get out.
marten network create --internal inner >/dev/null
server three --net inner
expect_status 1 ask_from three 198.51.100.2 80
marten stop -T 0 three >/dev/null
expect_status 0 marten network rm inner

# Used again, it has its ports again.
marten stop -T 0 one two >/dev/null
minc -B --name kept --net dens -p 8080:80 -r "$DEBIAN_ROOT" -b "$HOME:/net:ro" python3 /net/serve.py >/dev/null
expect_status 0 marten restart -T 0 kept
is_served() { [[ $(ask 127.0.0.1 8080 2>/dev/null) =~ ^kept\ tcp\  ]]; } # its log says "serving" since its first run
wait_until 20 is_served
marten rm -f kept >/dev/null
wait_until 10 nobody_left
no_leftovers

# ---- killed ----
server four --net dens -p 8080:80
pid=$(marten inspect four --format '{pid}')
kill -KILL "$(ps -o ppid= -p "$pid" | tr -d ' ')"
wait_until 10 nobody_left
expect_status 1 ask 127.0.0.1 8080
# The way out alone comes back.
reaches_outside() { ask_from five 198.51.100.2 80 >/dev/null 2>&1; }
server five --net dens
expect_match "$(helpers)" ' pass?ta?'
kill -KILL "$(helpers | sed -n 's/ pas.*//p')"
wait_until 20 reaches_outside
marten stop -T 0 five >/dev/null
wait_until 10 nobody_left

# ---- by slirp4netns, and by nothing ----
mkdir "$SCRATCH/bin"
for tool in setpriv newuidmap newgidmap slirp4netns; do ln -s "$(command -v $tool)" "$SCRATCH/bin"; done
with_slirp() { env PATH="$SCRATCH/bin:${MINC%/*}" "$@"; }
expect_status 0 with_slirp minc --rm --net dens -r "$DEBIAN_ROOT" -b "$HOME:/net:ro" python3 /net/ask.py 198.51.100.2 80
expect_match "$out" ' tcp 198\.51\.100\.1$'
wait_until 10 nobody_left
rm "$SCRATCH/bin/slirp4netns"
expect_status 125 with_slirp minc --rm --net dens -r "$BUSYBOX_ROOT" true
expect_eq "$err" "minc: error: making the container's network: neither pasta nor slirp4netns is installed, one of which an \
ordinary user's containers need
minc: hint: 'apt install passt', as root"
wait_until 10 nobody_left
no_leftovers
