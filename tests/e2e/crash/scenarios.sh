# What is stopped, for crash.sh and its like: base_of_NAME makes the store that it begins with, command_of_NAME is the
# command. Images are tiny, so that a point takes little time, and have one of everything that is made by a call of
# its own.

all_scenarios() { echo pull,pull_upgrade,import,commit,rmi,untag,gc,repair; }

# Only the command itself is to be stopped.
stopped() { LD_PRELOAD=$CRASH_PRELOAD "$@"; }

start_own_registry
export SOURCE_DATE_EPOCH=1700000000
(
    mkdir tiny && cd tiny
    mkdir -p a/dir b/dir c/dir
    echo lower >a/file
    chown 1:2 a/file && chmod 4755 a/file
    setfattr -n user.note -v hello a/file
    ln a/file a/dir/hard
    ln -s file a/link
    mkfifo a/fifo
    echo upper >b/dir/file
    touch b/.wh.link b/dir/.wh..wh..opq
    truncate -s 100000 c/sparse && echo end >>c/sparse
    echo third >c/dir/file
    for layer in a b c; do tar -C $layer --xattrs --mtime=@1700000000 --sort=name -Scf ../$layer.tar .; done
)
cp "$(command -v busybox)" busybox && cp a.tar shell.tar && tar -rf shell.tar busybox
push_tars shell shell.tar
push_tars keep a.tar
push_tars new a.tar b.tar c.tar
push_tars other b.tar
mkdir made-here && cp -a tiny/a/. made-here

pulled() { marten pull -q "$@" >/dev/null; }

base_of_pull() { pulled "$OWN/keep"; }
command_of_pull() { stopped marten pull -q "$OWN/new"; }

# The name moves to another image, the old one loses it.
base_of_pull_upgrade() {
    pulled "$OWN/keep" "$OWN/other"
    marten tag other "$OWN/new:latest"
}
command_of_pull_upgrade() { stopped marten pull -q "$OWN/new"; }

base_of_import() { pulled "$OWN/keep"; }
command_of_import() { stopped marten import -q made-here made; }

# What a container changed becomes a layer.
base_of_commit() {
    pulled "$OWN/keep" "$OWN/shell"
    minc -r shell --name box /busybox sh -c 'echo changed >/new; echo more >>/dir/hard; /busybox rm /link' >/dev/null 2>&1
}
command_of_commit() { stopped marten commit -q box made; }

base_of_rmi() { pulled "$OWN/keep" "$OWN/new"; }
command_of_rmi() { stopped marten rmi new; }

base_of_untag() {
    pulled "$OWN/keep"
    marten tag keep second
}
command_of_untag() { stopped marten rmi second; }

# Garbage of every kind: a removal that was killed behind its transaction, unfinished work, files without a row.
base_of_gc() {
    local at e64
    e64=$(printf 'e%.0s' {1..64})
    pulled "$OWN/keep" "$OWN/new"
    cp -a "$MINCS_DIR" copy
    LD_PRELOAD=$CRASH_SHIM CRASH_LOG=$SCRATCH/log marten rmi new >/dev/null
    at=$(awk '$2 ~ /^rename/ {print $1; exit}' log)
    rm -r "$MINCS_DIR"
    mv copy "$MINCS_DIR"
    { LD_PRELOAD=$CRASH_SHIM CRASH_AT=$at CRASH_ACTION=kill marten rmi new >/dev/null || true; } 2>/dev/null
    mkdir -p "$MINCS_DIR"/staging/dead/dir "$MINCS_DIR/layers/$e64/dir"
    touch "$MINCS_DIR"/staging/dead/dir/file "$MINCS_DIR"/staging/dead.lock "$MINCS_DIR/blobs/sha256/$e64"
}
command_of_gc() { stopped marten gc; }

# A damaged layer and a damaged blob are made anew.
base_of_repair() {
    pulled "$OWN/keep" "$OWN/new"
    local manifest
    echo damage >"$(ls "$MINCS_DIR"/layers/*/sparse)"
    manifest=$(skopeo inspect --raw --tls-verify=false "docker://$OWN/new" | sha256sum | cut -d' ' -f1)
    echo damage >"$MINCS_DIR/blobs/sha256/$manifest"
}
command_of_repair() { stopped marten verify -q --repair; }
is_damage_of_repair() { grep -qE "layer|manifest" .verify; }
collect_after_repair() { marten verify -q --repair >/dev/null; }
