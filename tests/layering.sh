#!/usr/bin/env bash
# Fails on an #include that runs up the house (docs/architecture.md): every room may include itself and the rooms
# named for it below, nothing else; and every quoted include starts at the repository root.
# usage: layering.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

folders=()
for folder in libcore libregistry db librun tools tests bench; do
    [ -d "$folder" ] && folders+=("$folder")
done

grep -rHnE --include='*.cc' --include='*.hh' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' \
    "${folders[@]}" | awk -F: '
BEGIN {
    allowed["libcore/base"] = ""
    allowed["libcore/fs"] = "libcore/base"
    allowed["libcore/layer"] = "libcore/fs libcore/base"
    allowed["libcore/container"] = "libcore/fs libcore/base"
    allowed["libregistry"] = "libcore/base"
    allowed["db"] = "libcore/base"
    allowed["librun"] = "db libcore/container libcore/fs libcore/base"
    tool = "librun libregistry db libcore/container libcore/layer libcore/fs libcore/base"
    bad = 0
}
# The room a path stands in: "tools/minc/vm/x.hh" is in tools/minc, "db/store.hh" in db.
function room_of(path, part, count) {
    count = split(path, part, "/")
    if (count < 2) return ""
    if (part[1] == "libcore" || part[1] == "tools") return count > 2 ? part[1] "/" part[2] : ""
    if (part[1] ~ /^(libregistry|db|librun|tests|bench)$/) return part[1]
    return ""
}
function complain(why) {
    printf "%s:%s: #include \"%s\": %s\n", $1, $2, target, why
    bad = 1
}
{
    seen++
    from = room_of($1)
    match($0, /"[^"]*/)
    target = substr($0, RSTART + 1, RLENGTH - 1)
    to = room_of(target)
    if (to == "") { complain("does not start at the repository root"); next }
    if (from == to || from == "tests" || from == "bench") next
    list = from ~ /^tools\// ? tool : allowed[from]
    if (index(" " list " ", " " to " ") == 0) complain(from " must not know " to)
}
END {
    if (!seen) { print "no includes found: is this the repository root?"; bad = 1 }
    exit bad
}'
