// See platform_note.hh.
#include "tools/marten/platform_note.hh"

#include "db/image_config.hh"
#include "libcore/base/error.hh"
#include "libcore/base/log.hh"

namespace mincs::marten {

void note_other_platform(const std::string& action, const std::string& config_json,
                         const registry::Platform& wanted) {
    const db::ImageConfig config =
        db::ImageConfig::parse(config_json, fmt::format("{}: its config", action));
    if (config.architecture.empty() ||
        (config.os == wanted.os && config.architecture == wanted.architecture))
        return;
    warning("{}: it is for {}/{} and not for {}, going on all the same", action,
            printable(config.os), printable(config.architecture), wanted.to_string());
}

}  // namespace mincs::marten
