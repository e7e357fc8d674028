// minc-dens: the host's side of a container's network. Started by minc and marten, not by people:
// it brings libraries along that minc, which is static and starts in a millisecond, does not carry.
// Named after MINCS's own.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "tools/minc-dens/firewall.hh"
#include "tools/minc-dens/guard.hh"
#include "tools/minc-dens/keeper.hh"
#include "tools/minc-dens/probe.hh"

int main(int argc, char** argv) {
    using namespace mincs;
    return run_tool("minc-dens", {}, [&] {
        const std::vector<std::string> words(argv + 1, argv + argc);
        if (!words.empty() && words.back() == "--debug") set_log("minc-dens", LogLevel::kDebug);
        const std::string what = words.empty() ? "" : words.front();
        const bool is_users = words.size() > 1 && words[1] == "user";
        if (what == "guard") return dens::guard_network(is_users);
        if (what == "keep") return dens::keep_network();
        if (what == "check")
            dens::probe_networks();
        else if (what == "tables")
            for (const std::string& table : dens::Firewall().tables()) std::puts(table.c_str());
        else if (what == "sweep")
            std::fputs(dens::sweep_networks(read_all(STDIN_FILENO, kSmallFile, "networks")).c_str(),
                       stdout);
        else if (what == "return" && words.size() > 1)
            dens::return_interface(words[1]);
        else
            throw UsageError("this is a part of minc, which starts it by itself");
        return 0;
    });
}
