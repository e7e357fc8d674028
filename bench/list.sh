#!/usr/bin/env bash
# How marten behaves in a store with 10,000 images and 40,000 layers: listing, finding one, removing one, making a
# container of one. The store is made of rows and empty directories, as what is measured never looks into a layer.
# usage: bench/list.sh [IMAGES]      default 10000, each of four layers. Everything it makes is in build/bench.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
images=${1:-10000}
work=$PWD/build/bench
marten=$PWD/build/release/bin/marten

scripts/install-deps bench
cmake --preset release -DMINCS_BUILD_TESTS=OFF -DMINCS_BUILD_BENCH=ON >/dev/null
cmake --build --preset release --target marten container_fork >/dev/null
mkdir -p "$work"
export MINCS_DIR=$work/many
rm -rf --one-file-system "$MINCS_DIR"
"$marten" li >/dev/null

sqlite3 -bail "$MINCS_DIR/mincs.db" <<END
PRAGMA synchronous = OFF;
BEGIN;
CREATE TEMP TABLE i (n, id);
INSERT INTO i WITH RECURSIVE c (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < $images)
    SELECT n, lower(hex(sha3('image' || n, 256))) FROM c;
CREATE TEMP TABLE l (n, position, key);
INSERT INTO l SELECT n, value, lower(hex(sha3('layer' || n || '-' || value, 256)))
    FROM i, (SELECT 0 AS value UNION SELECT 1 UNION SELECT 2 UNION SELECT 3);
INSERT INTO images (id, manifest_digest, created_at, size)
    SELECT id, 'sha256:' || lower(hex(sha3('manifest' || n, 256))), 1700000000 + n, 4000000 FROM i;
INSERT INTO configs SELECT id, '{"config":{"Env":["' || hex(zeroblob(2000)) || '"]}}' FROM i;
INSERT INTO layers (key, diff_id, size, entries, disk)
    SELECT key, 'sha256:' || key, 1000000, 100, 1400000 FROM l;
INSERT INTO image_layers SELECT id, position, key FROM i JOIN l USING (n);
INSERT INTO names (name, image_id) SELECT 'docker.io/library/image-' || n || ':latest', id FROM i;
COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
END
(cd "$MINCS_DIR/layers" && sqlite3 "$MINCS_DIR/mincs.db" 'SELECT key FROM layers' | xargs mkdir)

# measure NAME COMMAND...: wall time of 20 runs in ms
measure() {
    local name=$1 i start
    shift
    for i in $(seq 20); do
        start=${EPOCHREALTIME/./}
        "$@" >/dev/null
        echo $((${EPOCHREALTIME/./} - start))
    done | sort -n | awk -v name="$name" '
        { us[NR] = $1 }
        END { printf "%-28s %8.2f %8.2f\n", name, us[1] / 1000, us[int((NR + 1) / 2)] / 1000 }'
}
next=0
remove_next() {
    next=$((next + 1))
    "$marten" rmi "image-$next"
}

printf '%s images, %s layers, milliseconds\n%-28s %8s %8s\n' "$images" $((4 * images)) '' min median
measure 'fork+exec' /bin/true
measure 'marten --version' "$marten" --version
measure 'marten li' "$marten" li
measure 'marten li --format json' "$marten" li --format json
measure 'marten li --layers' "$marten" li --layers
measure 'marten df' "$marten" df
measure 'marten tag (whole name)' "$marten" tag image-77 other
measure 'marten tag (end of a name)' "$marten" tag "localhost/other" another
measure 'marten rmi' remove_next
build/release/bin/container_fork image-7000 100
