// See challenge.hh. The grammar has one trap: a comma separates parameters as well as challenges,
// so "word space word" after a comma begins a new challenge and "word =" continues the old one.
#include "libregistry/challenge.hh"

#include <optional>

namespace mincs::registry {
namespace {

constexpr std::string_view kTokenCharacters =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kToken68Characters =
    "-._~+/0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

class Scanner {
 public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }
    /// White space; true where there was some.
    bool skip_space() { return !take_all(" \t").empty(); }
    void skip_commas() { take_all(" \t,"); }
    std::string_view take_all(std::string_view allowed) {
        const std::size_t end = std::min(rest_.find_first_not_of(allowed), rest_.size());
        const std::string_view taken = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return taken;
    }
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// After the opening quote.
    std::optional<std::string> quoted_rest() {
        std::string out;
        while (!rest_.empty()) {
            char c = rest_[0];
            rest_.remove_prefix(1);
            if (c == '"') return out;
            if (c == '\\') {
                if (rest_.empty()) break;
                c = rest_[0];
                rest_.remove_prefix(1);
            }
            out += c;
        }
        return std::nullopt;
    }

 private:
    std::string_view rest_;
};

/// name = token | "quoted"; false, and the scanner unmoved, where no parameter begins here.
bool take_parameter(Scanner& scanner, Challenge& challenge) {
    Scanner ahead = scanner;
    const std::string_view name = ahead.take_all(kTokenCharacters);
    ahead.skip_space();
    if (name.empty() || !ahead.take('=')) return false;
    ahead.skip_space();
    std::string value;
    if (ahead.take('"')) {
        const std::optional<std::string> quoted = ahead.quoted_rest();
        if (!quoted) return false;
        value = *quoted;
    } else {
        value = ahead.take_all(kTokenCharacters);
        if (value.empty()) return false;  // "abc=" is a token68
    }
    challenge.parameters.emplace(lower(name), value);
    scanner = ahead;
    return true;
}

void take_token68(Scanner& scanner, Challenge& challenge) {
    challenge.token68 = scanner.take_all(kToken68Characters);
    challenge.token68 += scanner.take_all("=");
}

void take_parameters(Scanner& scanner, Challenge& challenge) {
    if (!take_parameter(scanner, challenge)) {
        take_token68(scanner, challenge);
        return;
    }
    while (true) {
        Scanner ahead = scanner;
        ahead.skip_space();
        if (!ahead.take(',')) return;
        ahead.skip_commas();
        if (!take_parameter(ahead, challenge)) return;
        scanner = ahead;
    }
}

}  // namespace

std::string Challenge::get(const std::string& name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? "" : found->second;
}

std::vector<Challenge> parse_challenges(std::string_view header) {
    std::vector<Challenge> challenges;
    Scanner scanner(header);
    while (true) {
        scanner.skip_commas();
        Challenge challenge;
        challenge.scheme = lower(scanner.take_all(kTokenCharacters));
        if (challenge.scheme.empty()) return challenges;
        if (scanner.skip_space()) take_parameters(scanner, challenge);
        challenges.push_back(std::move(challenge));
        scanner.skip_space();
        if (!scanner.at_end() && !scanner.take(',')) return challenges;
    }
}

}  // namespace mincs::registry
