// minc-dens: the host's side of a container's network. Started by minc and marten, not by people:
// it brings libraries along that minc, which is static and starts in a millisecond, does not carry.
// Named after MINCS's own.
#include <cstring>

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "tools/minc-dens/guard.hh"

int main(int argc, char** argv) {
    using namespace mincs;
    return run_tool("minc-dens", {}, [&] {
        bool sweeps = false;
        for (int i = 1; i < argc; ++i) {
            if (std::strcmp(argv[i], "--debug") == 0)
                set_log("minc-dens", LogLevel::kDebug);
            else if (std::strcmp(argv[i], "sweep") == 0)
                sweeps = true;
            else if (std::strcmp(argv[i], "guard") != 0)
                throw UsageError("this is a part of minc, which starts it by itself");
        }
        if (argc < 2) throw UsageError("this is a part of minc, which starts it by itself");
        if (!sweeps) return dens::guard_network();
        dens::sweep_networks();
        return 0;
    });
}
