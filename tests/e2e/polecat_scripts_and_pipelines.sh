#!/usr/bin/env bash
# as a user, too
# A shell pipeline with its programs, a script with its interpreter, and Python with its modules are taken whole.
. "$(dirname "$0")/lib.sh"

polecat -o pipe.sh "$DEBIAN_ROOT" sh -c 'printf "%s\n" b a c | sort | tr a-z A-Z | paste -sd,' 2>/dev/null
expect_status 0 ./pipe.sh
expect_eq "$out" A,B,C

polecat --report report -o python.sh "$DEBIAN_ROOT" python3 -c 'import os, sys; print(sum(range(10)), os.path.basename(sys.executable)[:6])' 2>/dev/null
expect_status 0 ./python.sh
expect_eq "$out" "45 python"
grep -q '^/usr/lib/python3.*/os.py.*' report
grep -q 'library of /usr/bin/python3' report

# perl-base is in every Debian.
polecat -o perl.sh "$DEBIAN_ROOT" perl -MList::Util=max -e 'print max(@ARGV), "\n"' 3 9 5 2>/dev/null
expect_status 0 ./perl.sh 11
expect_eq "$out" 11

# A script of the root: its "#!" interpreter and what that runs.
polecat -o ldd.sh "$DEBIAN_ROOT" ldd /bin/true >/dev/null 2>&1
expect_status 0 ./ldd.sh
expect_match "$out" 'libc.so.6'
