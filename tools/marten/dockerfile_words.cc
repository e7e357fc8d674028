// See dockerfile_words.hh.
#include "tools/marten/dockerfile_words.hh"

#include "libcore/base/error.hh"

namespace mincs::marten {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Where the quote that opens at `start` closes. Within double quotes a backslash escapes.
std::size_t end_of_quote(std::string_view text, std::size_t start) {
    const char quote = text[start];
    for (std::size_t i = start + 1; i < text.size(); ++i) {
        if (text[i] == quote) return i;
        if (text[i] == '\\' && quote == '"') ++i;
    }
    throw UsageError("'{}' has a quote that is not closed", printable(text));
}

class Expander {
 public:
    Expander(std::string_view word, const Variables& variables)
        : word_(word), variables_(variables) {}

    std::string run() {
        while (at_ < word_.size()) step();
        return std::move(result_);
    }

 private:
    void step() {
        const char c = word_[at_];
        if (c == '\'' && !in_double_quotes_) {
            const std::size_t end = end_of_quote(word_, at_);
            result_ += word_.substr(at_ + 1, end - at_ - 1);
            at_ = end + 1;
        } else if (c == '"') {
            if (!in_double_quotes_) end_of_quote(word_, at_);  // throws where it is not closed
            in_double_quotes_ = !in_double_quotes_;
            ++at_;
        } else if (c == '\\' && at_ + 1 < word_.size()) {
            step_escape();
        } else if (c == '$' && at_ + 1 < word_.size()) {
            ++at_;
            step_variable();
        } else {
            result_ += c;
            ++at_;
        }
    }

    /// Within double quotes a backslash is one unless a special character follows.
    void step_escape() {
        const char next = word_[at_ + 1];
        if (in_double_quotes_ && next != '"' && next != '\\' && next != '$') result_ += '\\';
        result_ += next;
        at_ += 2;
    }

    std::string_view take_name() {
        const std::size_t start = at_;
        while (at_ < word_.size() && is_name(word_[at_])) ++at_;
        return word_.substr(start, at_ - start);
    }

    /// Behind the '$'.
    void step_variable() {
        if (word_[at_] != '{') {
            const std::string_view name = take_name();
            result_ += name.empty() ? "$" : variables_(name).value_or("");
            return;
        }
        const std::size_t end = word_.find('}', at_);
        ++at_;
        const std::string_view name = take_name();
        if (end == std::string_view::npos || name.empty() || at_ > end)
            throw UsageError("'{}': a variable is written $NAME or ${{NAME}}", printable(word_));
        const std::string_view rest = word_.substr(at_, end - at_);
        const auto value = variables_(name);
        const bool is_set = value && !value->empty();
        if (rest.empty()) {
            result_ += value.value_or("");
        } else if (rest.starts_with(":-")) {
            result_ += is_set ? *value : expand_word(rest.substr(2), variables_);
        } else if (rest.starts_with(":+")) {
            if (is_set) result_ += expand_word(rest.substr(2), variables_);
        } else {
            throw UsageError(
                "'{}': of a variable only ${{NAME:-else}} and ${{NAME:+then}} are known",
                printable(word_));
        }
        at_ = end + 1;
    }

    std::string_view word_;
    const Variables& variables_;
    std::size_t at_ = 0;
    bool in_double_quotes_ = false;
    std::string result_;
};

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < text.size();) {
        if (is_blank(text[i])) {
            ++i;
            continue;
        }
        const std::size_t start = i;
        while (i < text.size() && !is_blank(text[i])) {
            if (text[i] == '"' || text[i] == '\'')
                i = end_of_quote(text, i);
            else if (text[i] == '\\' && i + 1 < text.size())
                ++i;
            ++i;
        }
        words.emplace_back(text.substr(start, i - start));
    }
    return words;
}

std::string expand_word(std::string_view word, const Variables& variables) {
    return Expander(word, variables).run();
}

}  // namespace mincs::marten
