#!/usr/bin/env bash
# as a user, too
# Names: one more for an image, one less, another for a container.
. "$(dirname "$0")/lib.sh"

mkdir tree
marten import -q tree one >/dev/null
expect_status 0 marten tag one two:x
expect_status 0 marten untag one
expect_eq "$err" ""
expect_eq "$(marten li --format '{name}')" "localhost/two:x"
expect_status 1 marten untag "$(marten li --long --format '{id}')"
expect_one_line_error marten
expect_status 0 marten untag two:x
expect_match "$err" 'has no name left' "the warning"
expect_eq "$(marten li --format '{name}')" "<none>"
expect_status 1 marten untag two:x
expect_one_line_error marten

cp -a "$BUSYBOX_ROOT" root
marten import -q root root >/dev/null
expect_status 0 minc --name web -r root true
expect_status 0 minc --name db -r root true
expect_status 0 marten rename web site
expect_eq "$(marten lc --format '{name}' | sort | xargs)" "db site"
expect_status 0 minc -t site true
expect_status 1 marten rename site db
expect_one_line_error marten
expect_status 2 marten rename site 'a/b'
expect_status 1 marten rename web x
