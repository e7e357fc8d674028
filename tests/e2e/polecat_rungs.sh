#!/usr/bin/env bash
# not as a user: it becomes several users itself
# Real applications from one Debian root run from their bundles on every rung, as root and as a user, in this root, in an
# empty one and in one with nothing but busybox: the kernel's mount, our file server on /dev/fuse, memory, a cache.
# resource: loop
# timeout: 400
. "$(dirname "$0")/lib.sh"
command -v bwrap >/dev/null || skip "there is no bwrap, which makes the empty roots"

user=64321
mkdir bundles work user-home root-home
chown $user user-home
chmod 755 "$SCRATCH"
export POLECAT_CWD=/

# What every application is asked, and what it has to say.
cat >nginx.conf <<'CONF'
user root root; daemon off; master_process off; pid /tmp/nginx.pid; error_log /tmp/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
    server { listen unix:/tmp/nginx.sock; location / { return 200 "served\n"; } }
}
CONF
serve='nginx -c /etc/nginx/test.conf & i=0; until [ -S /tmp/nginx.sock ] || [ $i = 100 ]; do sleep 0.1; i=$((i + 1)); done
    perl -MIO::Socket::UNIX -e "\$s = IO::Socket::UNIX->new(q(/tmp/nginx.sock)); print \$s qq(GET / HTTP/1.0\r\n\r\n); print <\$s>"
    kill $!; wait'
redis='redis-server --port 0 --unixsocket /tmp/redis.sock --save "" >/dev/null & i=0
    until [ -S /tmp/redis.sock ] || [ $i = 100 ]; do sleep 0.1; i=$((i + 1)); done
    redis-cli -s /tmp/redis.sock set a 42 >/dev/null; redis-cli -s /tmp/redis.sock get a; kill $!; wait'
clone='cd /tmp && git init -q one && cd one && git -c user.name=a -c user.email=b commit -q --allow-empty -m first &&
    git clone -q /tmp/one /tmp/two && git -C /tmp/two log --format=%s'
declare -A says=([top]='Tasks:' [bash]='^5050$' [vim]='^changed$' [git]='^first$' [python]='^ssl sqlite 3' [perl]='^6$'
    [nginx]='served' [redis]='^42$' [static]='^static$' [pipes]='^A,B,C$')

cp -a "$APPS_ROOT" apps
cp nginx.conf apps/etc/nginx/test.conf
bundle() {
    local name=$1
    shift
    # A proof would take the time of the whole rest; it has tests of its own.
    polecat --no-verify -f elf -o "bundles/$name" apps "$@" >"made.$name" 2>&1 || fail "making $name: $(tail -n 3 "made.$name")"
}
bundle top top -b -n 1
bundle bash bash -c 'sum=0; for ((i = 1; i <= 100; i++)); do ((sum += i)); done; echo $sum'
bundle vim sh -c 'echo text >/tmp/t; vim -es -u NONE -c "%s/text/changed/" -c wq /tmp/t; cat /tmp/t'
bundle git sh -c "$clone"
bundle python python3 -c 'import ssl, sqlite3, json; print("ssl", "sqlite", json.loads("[3]")[0], sqlite3.connect(":memory:").execute("select 1").fetchone()[0])'
bundle perl perl -MList::Util=sum -e 'print sum(1, 2, 3), "\n"'
bundle nginx sh -c "$serve"
bundle redis sh -c "$redis"
bundle static busybox echo static
bundle pipes sh -c 'printf "%s\n" b a c | sort | tr a-z A-Z | paste -sd,'
# What a file is told by attributes; a tmpfs keeps them since 6.6.
note() { python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.note", b"noted")' "$1" 2>/dev/null; }
mkdir tmpfs
mount -t tmpfs tmpfs tmpfs
touch tmpfs/file
if note tmpfs/file && note apps/etc/nginx/test.conf; then
    says[attributes]="^noted \['user.note'\]$"
    bundle attributes python3 -c 'import os; file = "/etc/nginx/test.conf"; print(os.getxattr(file, "user.note").decode(), os.listxattr(file))'
fi
umount tmpfs
rm -rf --one-file-system apps

# as WHO WHERE COMMAND...: as root or as a user who finds a /dev/fuse for all, in this root, in an empty one (which root
# gets without /proc and /dev; a user's needs them) or in one with only busybox and directories.
as() {
    local who=$1 where=$2
    shift 2
    local words=()
    case $who.$where in
    *.here) ;;
    root.empty) words=(bwrap --cap-add ALL --bind "$SCRATCH/bundles" / --) ;;
    root.busybox) words=(bwrap --cap-add ALL --bind "$BUSYBOX_ROOT" / --ro-bind "$SCRATCH/bundles" /tmp --) ;;
    user.*)
        words=(bwrap --bind "$SCRATCH/$where" / --proc /proc --dev /dev --dev-bind "$SCRATCH/fuse" /dev/fuse
            --bind "$SCRATCH/bundles" /tmp --)
        ;;
    esac
    [ "$who" = root ] || words=(setpriv --reuid $user --regid $user --clear-groups --inh-caps=-all "${words[@]}")
    HOME=$SCRATCH/$who-home "${words[@]}" "$@"
}
mkdir -p empty/proc empty/dev empty/tmp empty-for-root
cp -a "$BUSYBOX_ROOT" busybox
mknod -m 666 fuse c 10 229
# A device node of its own can only be opened where it is allowed.
mount -t tmpfs -o mode=755 tmpfs work
trap 's=$?; set +e; umount work; (exit $s); clean_up' EXIT
mknod -m 666 work/fuse c 10 229
rm fuse
ln -s work/fuse fuse

try() {
    local who=$1 where=$2 rung=$3 name=$4 path
    case $who.$where in
    *.here) path=$SCRATCH/bundles/$name ;;
    root.empty) path=/$name ;;
    *) path=/tmp/$name ;;
    esac
    POLECAT_RUNG=$rung run as "$who" "$where" "$path"
    [ "$status" = 0 ] || fail "$name as $who, $where, rung $rung: status $status: ${err:0:500}"
    grep -Eq "${says[$name]}" <<<"$out" || fail "$name as $who, $where, rung $rung: '${out:0:500}' ${err:0:500}"
}

for name in "${!says[@]}"; do
    for rung in 1 2 3; do try root here $rung "$name"; done
    try user here 3 "$name"
    try root empty '' "$name"
    try root busybox '' "$name"
done
# The user's own server, on a device node that all may open.
as_fuse_user() {
    unshare --mount --propagation private bash -c 'mount --bind "$0/work/fuse" /dev/fuse && exec "$@"' "$SCRATCH" \
        setpriv --reuid $user --regid $user --clear-groups --inh-caps=-all "$@"
}
for name in "${!says[@]}"; do
    POLECAT_RUNG=2 run as_fuse_user "$SCRATCH/bundles/$name"
    [ "$status" = 0 ] && grep -Eq "${says[$name]}" <<<"$out" || fail "$name as a user by FUSE: $status '${out:0:300}' ${err:0:500}"
    POLECAT_RUNG=3 run as user empty /tmp/$name
    [ "$status" = 0 ] && grep -Eq "${says[$name]}" <<<"$out" || fail "$name as a user in an empty root: $status '${out:0:300}' ${err:0:500}"
    for rung in 2 3; do try user busybox $rung "$name"; done
done
# Without being told, each takes the best there is.
POLECAT_DEBUG=1 run as root here "$SCRATCH/bundles/static"
expect_match "$err" 'rung 1, as root'
POLECAT_DEBUG=1 run as_fuse_user "$SCRATCH/bundles/static"
expect_match "$err" 'rung 2, in a user namespace'
POLECAT_DEBUG=1 run as user here "$SCRATCH/bundles/static"
expect_match "$err" 'not by rung 2.*rung 3, in a user namespace'

# The cache is no container: what programs look for by absolute path is this root's. These need nothing of it.
for who in root user; do
    for name in top bash python perl static pipes; do try $who here 4 "$name"; done
    for name in static bash; do try $who here 4 "$name"; done
done
