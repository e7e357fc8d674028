// What a guest's kernel says on its console: kept for the case that the guest fails.
#pragma once

#include <string>
#include <string_view>

namespace mincs::machine {

class ConsoleText {
 public:
    /// `shows`: each line goes to stderr, too.
    explicit ConsoleText(bool shows) : shows_(shows) {}

    void take(std::string_view bytes);
    /// The last lines, made printable, each in a line of its own; empty: it said nothing.
    std::string last_lines() const;
    const std::string& text() const { return text_; }

 private:
    bool shows_;
    std::string text_;  ///< its end only
    std::string line_;
};

}  // namespace mincs::machine
