// See console_text.hh.
#include "tools/minc-machine/console_text.hh"

#include <vector>

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"

namespace mincs::machine {
namespace {

constexpr std::size_t kKept = 8 << 10;
constexpr std::size_t kLines = 12;

}  // namespace

void ConsoleText::take(std::string_view bytes) {
    text_ += bytes;
    if (text_.size() > kKept) text_.erase(0, text_.size() - kKept);
    if (!shows_) return;
    for (const char byte : bytes) {
        if (byte != '\n') {
            if (byte != '\r' && line_.size() < kKept) line_ += byte;
            continue;
        }
        debug("guest: {}", printable(line_));
        line_.clear();
    }
}

std::string ConsoleText::last_lines() const {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text_.size();) {
        const std::size_t end = std::min(text_.find('\n', at), text_.size());
        std::string line = text_.substr(at, end - at);
        while (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) lines.push_back(printable(line));
        at = end + 1;
    }
    std::string last;
    for (std::size_t i = lines.size() - std::min(lines.size(), kLines); i < lines.size(); ++i)
        last += "\n  " + lines[i];
    return last;
}

}  // namespace mincs::machine
