// See rules.hh.
#include "tools/polecat/rules.hh"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "libcore/base/log.hh"
#include "tools/polecat/embedded.hh"
#include "tools/polecat/glob.hh"
#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

std::vector<std::string> words_of(std::istringstream& line) {
    std::vector<std::string> words;
    for (std::string word; line >> word;) words.push_back(word);
    return words;
}

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
    list.insert(list.end(), more.begin(), more.end());
}

bool matches_one(const std::vector<std::string>& patterns, const std::string& path) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches(pattern, path); });
}

bool applies(const Rule& rule, const Files& files) {
    if (std::find(rule.when.begin(), rule.when.end(), "always") != rule.when.end()) return true;
    return std::any_of(files.begin(), files.end(),
                       [&](const auto& entry) { return matches_one(rule.when, entry.first); });
}

/// "de_DE.UTF-8" is stored as "de_DE.utf8" (locale(1), glibc's normalisation of codesets).
std::string stored_name(const std::string& locale) {
    const std::size_t dot = std::min(locale.find('.'), locale.size());
    const std::size_t at = std::min(locale.find('@'), locale.size());
    std::string codeset;
    for (const char c : locale.substr(dot, at - std::min(dot, at)))
        if (std::isalnum(static_cast<unsigned char>(c)))
            codeset += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return locale.substr(0, std::min(dot, at)) + (codeset.empty() ? "" : "." + codeset) +
           locale.substr(at);
}

/// The locales that the environment asks for: each from a directory of its own, else from the
/// archive of all.
std::vector<std::string> locale_paths(const fs::RootDir& root,
                                      const std::map<std::string, std::string>& environment) {
    std::set<std::string> names;
    for (const auto& [variable, value] : environment)
        if ((variable == "LANG" || variable.starts_with("LC_")) && !value.empty() &&
            value.find('/') == std::string::npos && !is_pattern(value))
            names.insert(value);
    std::vector<std::string> patterns;
    for (const std::string& name : names) {
        if (name == "C" || name == "POSIX") continue;
        bool found = false;
        for (const std::string& stored : {stored_name(name), name}) {
            const std::string directory = "/usr/lib/locale/" + stored;
            if (!open_if_usable(root, directory, O_PATH | O_DIRECTORY)) continue;
            patterns.push_back(directory + "/**");
            found = true;
        }
        if (!found) patterns.push_back("/usr/lib/locale/locale-archive");
        patterns.push_back("/usr/share/locale/locale.alias");
    }
    return patterns;
}

/// The time zone of $TZ: ":Europe/Berlin", "Europe/Berlin", and no rule like "CET-1CEST".
std::vector<std::string> zone_paths(const std::map<std::string, std::string>& environment) {
    const auto found = environment.find("TZ");
    if (found == environment.end()) return {};
    std::string zone = found->second;
    if (zone.starts_with(':')) zone.erase(0, 1);
    if (zone.empty() || zone.starts_with('/') || zone.find("..") != std::string::npos ||
        is_pattern(zone))
        return {};
    return {"/usr/share/zoneinfo/" + zone};
}

std::vector<std::string> nss_module_paths(const fs::RootDir& root, const Closure& closure) {
    std::vector<std::string> paths;
    const auto text = read_text(root, "/etc/nsswitch.conf");
    // Without the file glibc asks "files" and "dns".
    for (const std::string& name : nss_modules(text ? *text : "hosts: files dns"))
        if (const std::string path =
                closure.find_library("libnss_" + name + ".so.2", closure.machine());
            !path.empty())
            paths.push_back(path);
    return paths;
}

std::vector<std::string>* list_of(Rule& rule, std::string_view keyword) {
    if (keyword == "when") return &rule.when;
    if (keyword == "take") return &rule.take;
    if (keyword == "whole") return &rule.whole;
    if (keyword == "beside") return &rule.beside;
    if (keyword == "not") return &rule.except;
    return nullptr;
}

/// Access tokens by how they begin, and how many characters follow at least.
struct Token {
    std::string_view start;
    std::size_t length;
};
constexpr Token kTokens[] = {{"ghp_", 36},        {"gho_", 36},   {"ghs_", 36},
                             {"github_pat_", 60}, {"glpat-", 20}, {"xoxb-", 24},
                             {"xoxp-", 24},       {"AKIA", 16},   {"hf_", 34},
                             {"sk_live_", 24},    {"npm_", 36},   {"pypi-AgEIcHlwaS", 40}};

bool is_token_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
}

/// Adds what rules say until nothing new comes: what one takes may be what another waits for.
class Applier {
 public:
    Applier(const fs::RootDir& root, const std::map<std::string, std::string>& environment,
            Closure& closure)
        : root_(root), environment_(environment), closure_(closure) {}

    void apply(const Rules& rules) {
        std::set<const Rule*> done;
        std::size_t before;
        do {
            before = closure_.files().size();
            for (const Rule& rule : rules.rules) {
                if (!done.contains(&rule)) {
                    if (!applies(rule, closure_.files())) continue;
                    done.insert(&rule);
                    take(rule);
                }
                take_neighbours(rule);
            }
        } while (closure_.files().size() > before);
    }

 private:
    void add(const Rule& rule, const std::string& path) {
        if (!matches_one(rule.except, path)) closure_.add(path, "rule " + rule.name);
    }

    void take(const Rule& rule) {
        for (const std::string& pattern : rule.take) {
            std::vector<std::string> patterns = {pattern};
            if (pattern == "@nss-modules") patterns = nss_module_paths(root_, closure_);
            if (pattern == "@locale") patterns = locale_paths(root_, environment_);
            if (pattern == "@timezone") patterns = zone_paths(environment_);
            for (const std::string& one : patterns)
                for (const std::string& path : glob(root_, one)) add(rule, path);
        }
    }

    void take_neighbours(const Rule& rule) {
        if (rule.whole.empty() && rule.beside.empty()) return;
        std::set<std::string> directories;
        for (const auto& [path, file] : closure_.files()) {
            if (!S_ISREG(file.info.st_mode)) continue;
            const std::size_t slash = path.rfind('/'), dot = path.rfind('.');
            if (slash > 0 && matches_one(rule.whole, path))
                directories.insert(path.substr(0, slash));
            if (dot != std::string::npos && dot > slash + 1 && matches_one(rule.beside, path))
                directories.insert(path.substr(0, dot));
        }
        for (const std::string& directory : directories)
            if (seen_.insert({&rule, directory}).second) take_directory(rule, directory);
    }

    void take_directory(const Rule& rule, const std::string& directory) {
        std::vector<std::string> paths;
        std::int64_t bytes = 0;
        for (const std::string& path : all_below(root_, directory)) {
            if (matches_one(rule.except, path)) continue;
            const auto info = stat_entry(root_, path);
            if (info && S_ISREG(info->st_mode)) bytes += info->st_size;
            paths.push_back(path);
            if (paths.size() <= kMaxNeighbours && bytes <= kMaxNeighbourBytes) continue;
            debug("rule {}: '{}' is too large to be taken whole", rule.name, printable(directory));
            return;
        }
        for (const std::string& path : paths) add(rule, path);
    }

    const fs::RootDir& root_;
    const std::map<std::string, std::string>& environment_;
    Closure& closure_;
    std::set<std::pair<const Rule*, std::string>> seen_;
};

}  // namespace

Rules Rules::parse(std::string_view text) {
    Rules result;
    std::istringstream lines{std::string(text)};
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        line.erase(std::min(line.find('#'), line.size()));
        std::istringstream stream(line);
        std::string keyword;
        if (!(stream >> keyword)) continue;
        const std::vector<std::string> words = words_of(stream);
        if (words.empty())
            throw Error("rules, line {}: '{}' needs something behind it", number, keyword);
        if (keyword == "rule")
            result.rules.push_back({words.front(), {}, {}, {}, {}, {}});
        else if (keyword == "secret")
            append(result.secrets, words);
        else if (std::vector<std::string>* list =
                     result.rules.empty() ? nullptr : list_of(result.rules.back(), keyword))
            append(*list, words);
        else
            throw Error("rules, line {}: '{}' is not known here", number, keyword);
    }
    return result;
}

Rules Rules::built_in() {
    return parse(embedded_rules());
}

void apply_rules(const Rules& rules, const fs::RootDir& root,
                 const std::map<std::string, std::string>& environment, Closure& closure) {
    Applier(root, environment, closure).apply(rules);
}

bool holds_token(std::string_view text) {
    for (const Token& token : kTokens)
        for (std::size_t at = text.find(token.start); at != std::string_view::npos;
             at = text.find(token.start, at + 1)) {
            std::string_view rest = text.substr(at + token.start.size());
            const auto end = std::find_if_not(rest.begin(), rest.end(), is_token_character);
            rest = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
            const bool begins = at == 0 || !is_token_character(text[at - 1]);
            // Documentation shows such things, too.
            const bool example = rest.find("EXAMPLE") != std::string_view::npos ||
                                 rest.find("xxxx") != std::string_view::npos;
            if (begins && !example && rest.size() >= token.length) return true;
        }
    return false;
}

std::string why_secret(const Rules& rules, const fs::RootDir& root, const std::string& path) {
    if (matches_one(rules.secrets, path)) return "it looks like a secret";
    const auto fd = open_regular(root, path);
    char start[4096];
    const ssize_t size = fd ? pread(fd->get(), start, sizeof start, 0) : 0;
    const std::string_view text(start, size > 0 ? static_cast<std::size_t>(size) : 0);
    // PEM (RFC 7468): "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----" …
    const std::size_t begin = text.find("-----BEGIN ");
    const bool at_line_start = begin == 0 || (begin < text.size() && text[begin - 1] == '\n');
    const bool in_json = text.find("\"private_key\"") != std::string_view::npos;
    if ((at_line_start || in_json) && begin < text.size() &&
        text.substr(begin, 64).find("PRIVATE KEY-----") != std::string_view::npos)
        return "it holds a private key";
    for (const std::string_view key : {"PuTTY-User-Key-File-", "AGE-SECRET-KEY-1"})
        if (text.starts_with(key)) return "it holds a private key";
    if (text.find('\0') == std::string_view::npos && holds_token(text))
        return "it holds an access token";
    return {};
}

std::vector<std::string> nss_modules(const std::string& nsswitch_conf) {
    std::set<std::string> names;
    std::istringstream lines(nsswitch_conf);
    for (std::string line; std::getline(lines, line);) {
        line.erase(std::min(line.find('#'), line.size()));
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        // "[NOTFOUND=return]" is what to do, not whom to ask.
        std::string services;
        int depth = 0;
        for (const char c : line.substr(colon + 1)) {
            if (c == '[') ++depth;
            if (depth == 0) services += c;
            if (c == ']') {
                --depth;
                services += ' ';
            }
        }
        std::istringstream words(services);
        for (std::string word; words >> word;)
            if (word.find('/') == std::string::npos) names.insert(word);
    }
    return {names.begin(), names.end()};
}

}  // namespace mincs::polecat
