// ermine-breeder: makes guests for `minc --qemu` and `minc --um`. The command line becomes Options
// (options.cc); each command is a file of its own (commands.hh). What it makes is told by
// libermine/kit.hh, where minc finds it.
#include <cstdlib>

#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "tools/ermine-breeder/commands.hh"

int main(int argc, char** argv) {
    using namespace mincs;
    return run_tool("ermine-breeder", {.failed = 1, .usage = 2}, [&] {
        const auto options = breeder::parse_options(argc, argv);
        if (!options) return 0;
        if (options->debug) set_log("ermine-breeder", LogLevel::kDebug);
        // What apt and make say is read here, and ends up in errors.
        setenv("LC_ALL", "C.UTF-8", 1);
        switch (options->action) {
            case breeder::Action::kDistro:
                return breeder::distro(*options);
            case breeder::Action::kBuild:
                return breeder::build(*options);
            case breeder::Action::kClean:
                return breeder::clean(*options);
            case breeder::Action::kTestrun:
                return breeder::testrun(*options);
            case breeder::Action::kConfig:
                return breeder::print_config(*options);
        }
        return 1;
    });
}
