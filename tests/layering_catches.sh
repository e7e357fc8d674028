#!/usr/bin/env bash
# Shows that layering.sh can fail: one forbidden include at a time in a tree of its own, and none in a good one.
set -euo pipefail
check=$(dirname "$(readlink -f "$0")")/layering.sh
tree=$(mktemp -d)
trap 'rm -r "$tree"' EXIT

# try FILE INCLUDE: the status of the check over a tree with only that include
try() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/$(dirname "$1")"
    printf '#include <string>\n  # include "%s"\n' "$2" >"$tree/$1"
    bash "$check" "$tree" >"$tree/output"
}

while read -r file include; do
    if try "$file" "$include"; then
        echo "not noticed: $file includes $include" >&2
        exit 1
    fi
    grep -q "^$file:2: " "$tree/output" || { echo "no file and line for $file:" && cat "$tree/output"; exit 1; }
done <<'PAIRS'
libcore/base/a.cc libcore/fs/b.hh
libcore/fs/a.hh libcore/container/b.hh
libcore/container/a.cc libcore/layer/b.hh
libcore/layer/a.cc libcore/container/b.hh
libcore/layer/a.cc db/b.hh
libregistry/a.cc db/b.hh
libregistry/a.cc libcore/fs/b.hh
db/a.cc libregistry/b.hh
libermine/a.cc db/b.hh
db/a.cc libermine/b.hh
db/a.cc librun/b.hh
librun/a.cc libcore/layer/b.hh
librun/a.cc tools/minc/b.hh
tools/minc/a.cc tools/polecat/b.hh
tools/minc/a.cc tests/support/b.hh
libcore/fs/a.cc b.hh
libcore/fs/a.cc ../base/b.hh
tests/unit/a.cc b.hh
PAIRS

while read -r file include; do
    try "$file" "$include" || { echo "refused: $file includes $include" >&2; exit 1; }
done <<'PAIRS'
libcore/fs/a.cc libcore/base/b.hh
libcore/fs/a.cc libcore/fs/sub/b.hh
librun/a.cc db/b.hh
tools/minc/vm/a.cc tools/minc/b.hh
tools/minc/a.cc librun/b.hh
tools/marten/a.cc libcore/layer/b.hh
tests/unit/db/a.cc db/b.hh
PAIRS
