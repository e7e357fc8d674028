#include "librun/x11.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"

using namespace mincs::run;

namespace {

std::string text(const std::string& it) {
    return std::string(1, '\0') + static_cast<char>(it.size()) + it;
}

std::string record(const std::string& family, const std::string& address,
                   const std::string& display) {
    return family + text(address) + text(display) + text("MIT-MAGIC-COOKIE-1") + text("secret");
}

const std::string kLocal("\x01\x00", 2), kInternet("\x00\x00", 2), kWild("\xff\xff", 2);

}  // namespace

TEST(X11, ACookieOfThisMachineOpensItsDisplayUnderAnyHostName) {
    const std::string file = record(kLocal, "other", "0") + record(kLocal, "me", "0") +
                             record(kLocal, "me", "1") + record(kWild, "", "") +
                             record(kInternet, "\x01\x02\x03\x04", "0");
    EXPECT_EQ(cookies_for(file, "0", "me"), record(kWild, "", "0") + record(kWild, "", "") +
                                                record(kInternet, "\x01\x02\x03\x04", "0"));
    EXPECT_EQ(cookies_for("", "0", "me"), "");
}

TEST(X11, ADamagedFileIsAnError) {
    const std::string file = record(kLocal, "me", "0");
    for (std::size_t size = 1; size < file.size(); ++size)
        EXPECT_THROW(cookies_for(file.substr(0, size), "0", "me"), mincs::Error) << size;
}
