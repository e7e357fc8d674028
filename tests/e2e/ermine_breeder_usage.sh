#!/usr/bin/env bash
# as a user, too
# Help, version and configuration go to stdout; wrong use is one error line and status 2; what is not there is status 1,
# with a hint that says what to do.
. "$(dirname "$0")/lib.sh"
export MINCS_ERMINE=$SCRATCH/kits

expect_status 0 ermine-breeder --help
expect_match "$out" 'Usage: ermine-breeder' "help"
expect_match "$out" 'GPL' "help"
expect_eq "$err" "" "stderr of --help"
for command in distro build testrun clean; do
    expect_status 0 ermine-breeder "$command" --help
    expect_match "$out" "Usage: ermine-breeder $command" "help"
done
expect_status 0 ermine-breeder --version
expect_match "$out" '^ermine-breeder [0-9]+\.[0-9]+\.[0-9]+$' "version"

expect_status 0 ermine-breeder --config --arch um
expect_match "$out" $'\nCONFIG_HOSTFS=y\n' "configuration"
expect_no_match "$out" '#' "configuration"
expect_status 0 ermine-breeder build --config --arch x86_64
expect_match "$out" $'\nCONFIG_PVH=y\n' "configuration"

wrong() {
    local want=$1
    shift
    expect_status "$want" ermine-breeder "$@"
    expect_one_line_error ermine-breeder
    expect_eq "$out" "" "stdout of 'ermine-breeder $*'"
    [ ! -e kits ] || fail "'ermine-breeder $*' made something: $(find kits)"
}
wrong 2 frob
wrong 2 --no-such-option
wrong 2 --arch mips
wrong 2 build --arch arm64
wrong 2 --config --arch arm64
wrong 2 build --jobs 0
wrong 2 testrun --timeout soon
wrong 2 clean --kind other
wrong 1 distro --init "$SCRATCH/nothing"
wrong 1 distro --init "$(command -v bash)"
expect_match "$err" 'not static' "a program that needs libraries"
wrong 1 testrun
expect_match "$err" 'hint: make one: ermine-breeder distro$' "without a guest"
wrong 1 testrun --arch um --kind build
expect_match "$err" 'hint: make one: ermine-breeder build --arch um$' "without a guest"

# What the machine lacks is said before anything begins, all of it at once.
mkdir few
for program in setpriv dpkg-deb; do ln -s "$(command -v $program)" few/; done
expect_status 1 env PATH="$PWD/few" "$(command -v ermine-breeder)" distro
expect_eq "$err" "ermine-breeder: error: not installed: apt-cache, apt-get
ermine-breeder: hint: apt-get install --no-install-recommends apt"

expect_status 0 ermine-breeder clean
expect_eq "$out$err" "" "clean where there is nothing"
