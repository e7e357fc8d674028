// See verify_report.hh.
#include "tools/marten/verify_report.hh"

#include <cstdio>
#include <utility>

#include "libcore/base/error.hh"

namespace mincs::marten {

void VerifyReport::begin(const std::string& image, const std::string& thing) {
    image_ = image;
    thing_ = thing;
    told_ = false;
}

void VerifyReport::damage(std::string_view what) {
    if (!std::exchange(told_, true)) {
        ++things_;
        images_.insert(image_);
    }
    print(what);
}

void VerifyReport::repaired(std::string_view how) {
    ++repairs_;
    print(how);
}

void VerifyReport::not_repaired(std::string_view why) {
    print(fmt::format("cannot be repaired: {}", why));
}

void VerifyReport::print(std::string_view what) const {
    const std::string line = fmt::format("{}: {}: {}", image_, thing_, what);
    std::puts(line.c_str());
    // Repairing takes its time; whoever reads along shall see what is known.
    std::fflush(stdout);
}

}  // namespace mincs::marten
