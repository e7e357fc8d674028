// The words of a Dockerfile's instruction: blanks part them, quotes and backslashes keep them
// together, $NAME, ${NAME}, ${NAME:-else} and ${NAME:+then} stand for values (Dockerfile reference,
// "Environment replacement").
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::marten {

/// A variable's value; nothing where it is not set.
using Variables = std::function<std::optional<std::string>(std::string_view)>;

/// Splits at blanks outside of quotes; quotes, backslashes and variables stay as they are. Throws
/// UsageError on a quote that is not closed.
std::vector<std::string> split_words(std::string_view text);
/// Takes a word's quotes and backslashes away and fills variables in, but for those in single
/// quotes. Throws UsageError on a ${ that is not closed or says something else.
std::string expand_word(std::string_view word, const Variables& variables);

}  // namespace mincs::marten
