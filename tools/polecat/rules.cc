// See rules.hh.
#include "tools/polecat/rules.hh"

#include <algorithm>
#include <set>
#include <sstream>

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

bool applies(const Rule& rule, const Files& files) {
    for (const std::string& pattern : rule.when) {
        if (pattern == "always") return true;
        for (const auto& [path, file] : files)
            if (matches(pattern, path)) return true;
    }
    return false;
}

/// The directories of the locales that the environment asks for: "de_DE.UTF-8" is stored as
/// "de_DE.utf8".
std::vector<std::string> locale_paths(const std::map<std::string, std::string>& environment) {
    std::set<std::string> names;
    for (const auto& [variable, value] : environment)
        if ((variable == "LANG" || variable.starts_with("LC_")) && !value.empty() &&
            value.find('/') == std::string::npos && !is_pattern(value))
            names.insert(value);
    std::vector<std::string> patterns;
    for (const std::string& name : names) {
        if (name == "C" || name == "POSIX") continue;
        std::string stored = name;
        if (const auto dot = stored.find(".UTF-8"); dot != std::string::npos)
            stored.replace(dot, 6, ".utf8");
        patterns.push_back("/usr/lib/locale/" + stored + "/**");
        patterns.push_back("/usr/lib/locale/locale-archive");
        patterns.push_back("/usr/share/locale/locale.alias");
    }
    return patterns;
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
            result.rules.push_back({words.front(), {}, {}});
        else if (keyword == "secret")
            append(result.secrets, words);
        else if (result.rules.empty() || (keyword != "when" && keyword != "take"))
            throw Error("rules, line {}: '{}' is not known here", number, keyword);
        else
            append(keyword == "when" ? result.rules.back().when : result.rules.back().take, words);
    }
    return result;
}

Rules Rules::built_in() {
    return parse(embedded_rules());
}

void apply_rules(const Rules& rules, const fs::RootDir& root,
                 const std::map<std::string, std::string>& environment, Closure& closure) {
    std::vector<const Rule*> waiting;
    for (const Rule& rule : rules.rules) waiting.push_back(&rule);
    const auto take = [&](const Rule& rule) {
        for (const std::string& pattern : rule.take) {
            const std::string why = "rule " + rule.name;
            std::vector<std::string> patterns = {pattern};
            if (pattern == "@nss-modules") patterns = nss_module_paths(root, closure);
            if (pattern == "@locale") patterns = locale_paths(environment);
            for (const std::string& one : patterns)
                for (const std::string& path : glob(root, one)) closure.add(path, why);
        }
    };
    // What one rule takes may be what another waits for.
    while (true) {
        const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const Rule* rule) {
            return applies(*rule, closure.files());
        });
        if (ready == waiting.end()) return;
        take(**ready);
        waiting.erase(ready);
    }
}

std::string why_secret(const Rules& rules, const fs::RootDir& root, const std::string& path) {
    for (const std::string& pattern : rules.secrets)
        if (matches(pattern, path)) return "it looks like a secret";
    const auto fd = open_regular(root, path);
    char start[4096];
    const ssize_t size = fd ? pread(fd->get(), start, sizeof start, 0) : 0;
    const std::string_view text(start, size > 0 ? static_cast<std::size_t>(size) : 0);
    // PEM (RFC 7468): "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----" …
    const std::size_t begin = text.find("-----BEGIN ");
    const bool at_line_start = begin == 0 || (begin < text.size() && text[begin - 1] == '\n');
    if (at_line_start && text.substr(begin, 64).find("PRIVATE KEY-----") != std::string_view::npos)
        return "it holds a private key";
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
