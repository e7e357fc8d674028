// See command_words.hh. POSIX shell, 2.2 Quoting: what is quoted by ' is literal; by " all but
// \ $ ` and ".
#include "tools/polecat/command_words.hh"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace mincs::polecat {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// Anywhere unquoted; '#' and '~' only at a word's beginning, '=' only before the command.
constexpr std::string_view kSpecial = "|&;<>()$`*?[\n{}!";

/// What only a shell can do, or reads otherwise.
constexpr std::string_view kBuiltIn[] = {
    ".",    ":",        "alias",  "bg",       "break",   "case",   "cd",    "command", "continue",
    "do",   "done",     "elif",   "else",     "esac",    "eval",   "exec",  "exit",    "export",
    "fg",   "fi",       "for",    "function", "getopts", "hash",   "if",    "in",      "jobs",
    "read", "readonly", "return", "set",      "shift",   "source", "then",  "time",    "times",
    "trap", "type",     "ulimit", "umask",    "unalias", "unset",  "until", "wait",    "while"};

}  // namespace

std::optional<std::vector<std::string>> plain_words(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote == '\'') {
            if (c == quote)
                quote = 0;
            else
                word += c;
        } else if (c == '\\') {
            if (quote == '"' || ++i == text.size() || text[i] == '\n') return std::nullopt;
            word += text[i];
            in_word = true;
        } else if (quote == '"') {
            if (c == '$' || c == '`') return std::nullopt;
            if (c == quote)
                quote = 0;
            else
                word += c;
        } else if (is_blank(c)) {
            if (in_word) words.push_back(std::exchange(word, {}));
            in_word = false;
        } else if (c == '\'' || c == '"') {
            quote = c;
            in_word = true;
        } else if (kSpecial.find(c) != std::string_view::npos ||
                   (!in_word && (c == '#' || c == '~')) || (words.empty() && c == '=')) {
            return std::nullopt;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (in_word) words.push_back(word);
    if (quote || words.empty()) return std::nullopt;
    if (std::find(std::begin(kBuiltIn), std::end(kBuiltIn), words.front()) != std::end(kBuiltIn))
        return std::nullopt;
    return words;
}

}  // namespace mincs::polecat
