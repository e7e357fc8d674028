// A command line typed as one text (--run 'CMD', COMMAND= of a script): words, where a shell is not
// needed to read it, so that no shell gets into a bundle only because the tracing needed one.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mincs::polecat {

/// The words of a plain command line: blanks separate, quotes and backslashes group as in sh(1).
/// Nothing where it has anything else that means something to a shell, an open quote, or no word.
std::optional<std::vector<std::string>> plain_words(const std::string& text);

}  // namespace mincs::polecat
