// See config_changes.hh.
#include "tools/marten/config_changes.hh"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"
#include "libcore/base/units.hh"
#include "tools/marten/dockerfile_words.hh"

namespace mincs::marten {
namespace {

using Kind = ConfigChange::Kind;

constexpr std::pair<const char*, Kind> kInstructions[] = {
    {"CMD", Kind::kCmd},       {"ENTRYPOINT", Kind::kEntrypoint}, {"ENV", Kind::kEnv},
    {"EXPOSE", Kind::kExpose}, {"LABEL", Kind::kLabel},           {"USER", Kind::kUser},
    {"VOLUME", Kind::kVolume}, {"WORKDIR", Kind::kWorkdir}};

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const std::size_t start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return "";
    return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

Kind kind_named(std::string_view name, std::string_view text) {
    std::string capitals(name);
    std::transform(name.begin(), name.end(), capitals.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    for (const auto& [known, kind] : kInstructions)
        if (capitals == known) return kind;
    throw UsageError(
        "--change '{}': only CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, VOLUME and "
        "WORKDIR can be changed",
        printable(text));
}

/// The JSON form ["a", "b"]; nothing where it is none, which makes it the shell form.
std::optional<std::vector<std::string>> json_form(const std::string& text) {
    if (!text.starts_with('[')) return std::nullopt;
    const Json list = Json::parse(text, nullptr, false);
    if (!list.is_array()) return std::nullopt;
    std::vector<std::string> words;
    for (const Json& word : list) {
        if (!word.is_string()) return std::nullopt;
        words.push_back(word.get<std::string>());
        if (words.back().find('\0') != std::string::npos)
            throw UsageError("'{}' has a NUL byte", printable(text));
    }
    return words;
}

/// The image's environment as variables.
Variables variables_of(const Json& config) {
    return [env = json_strings_if(config, "Env", "the image's config")](std::string_view name) {
        std::optional<std::string> value;
        for (const std::string& entry : env)
            if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
                value = entry.substr(name.size() + 1);
        return value;
    };
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// "A=b C='d e'", or the old "A all the rest".
Pairs pairs_of(const std::string& text, const Variables& variables) {
    const std::vector<std::string> words = split_words(text);
    Pairs pairs;
    if (words.front().find('=') == std::string::npos) {
        const std::string_view rest = trimmed(std::string_view(text).substr(words.front().size()));
        if (rest.empty()) throw UsageError("'{}' has no value", printable(text));
        pairs.emplace_back(expand_word(words.front(), variables), expand_word(rest, variables));
        return pairs;
    }
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos)
            throw UsageError("'{}' is not NAME=VALUE", printable(word));
        pairs.emplace_back(expand_word(std::string_view(word).substr(0, equals), variables),
                           expand_word(std::string_view(word).substr(equals + 1), variables));
    }
    return pairs;
}

void check_pairs(const Pairs& pairs) {
    for (const auto& [name, value] : pairs)
        if (name.empty()) throw UsageError("a value '{}' has no name", printable(value));
}

std::vector<std::string> expanded_words(const std::string& text, const Variables& variables) {
    std::vector<std::string> words;
    for (const std::string& word : split_words(text)) words.push_back(expand_word(word, variables));
    return words;
}

/// "80", "80/udp", "8000-8002/tcp" as one entry a port.
void expose(Json& ports, const std::string& text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string protocol = slash < text.size() ? text.substr(slash + 1) : "tcp";
    if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
        throw UsageError("EXPOSE '{}': the protocol is tcp, udp or sctp", printable(text));
    const std::string range = text.substr(0, slash);
    const std::size_t dash = std::min(range.find('-'), range.size());
    const auto port = [&](std::string_view digits) {
        return parse_number(digits, fmt::format("EXPOSE '{}': a port", printable(text)), 1, 65535);
    };
    const std::int64_t first = port(std::string_view(range).substr(0, dash));
    const std::int64_t last =
        dash < range.size() ? port(std::string_view(range).substr(dash + 1)) : first;
    if (last < first) throw UsageError("EXPOSE '{}': its end is before its start", printable(text));
    for (std::int64_t i = first; i <= last; ++i)
        ports[fmt::format("{}/{}", i, protocol)] = Json::object();
}

/// CMD and ENTRYPOINT; in the shell form the image's shell runs it.
Json command_of(const std::string& arguments, const Json& config) {
    if (const auto words = json_form(arguments))
        return words->empty() ? Json(nullptr) : Json(*words);
    std::vector<std::string> words = json_strings_if(config, "Shell", "the image's config");
    if (words.empty()) words = {"/bin/sh", "-c"};
    words.push_back(arguments);
    return words;
}

void set_env(Json& config, const Pairs& pairs) {
    std::vector<std::string> env = json_strings_if(config, "Env", "the image's config");
    for (const auto& [name, value] : pairs) {
        const std::string start = name + "=";
        const auto known = std::find_if(env.begin(), env.end(), [&](const std::string& entry) {
            return entry.starts_with(start);
        });
        if (known != env.end())
            *known = start + value;
        else
            env.push_back(start + value);
    }
    config["Env"] = env;
}

/// The member as an object, made where it is missing or null.
Json& object_of(Json& config, const char* key) {
    Json& member = config[key];
    if (member.is_null()) member = Json::object();
    if (!member.is_object()) throw Error("the image's config: '{}' is no object", key);
    return member;
}

std::string working_directory(const Json& config, const std::string& typed) {
    const std::filesystem::path old =
        json_string_if(config, "WorkingDir", "the image's config").value_or("");
    auto made = (std::filesystem::path("/") / old / typed).lexically_normal();
    if (!made.has_filename() && made != "/") made = made.parent_path();
    return made.native();
}

}  // namespace

ConfigChange::ConfigChange(std::string_view text) {
    const std::string_view whole = trimmed(text);
    const std::size_t end = std::min(whole.find_first_of(" \t\r\n="), whole.size());
    kind_ = kind_named(whole.substr(0, end), text);
    arguments_ = trimmed(whole.substr(std::min(end + 1, whole.size())));
    if (arguments_.empty()) throw UsageError("--change '{}' says no value", printable(text));
    if (arguments_.find('\0') != std::string::npos)
        throw UsageError("--change '{}' has a NUL byte", printable(text));
    // Tried at once, so that a mistake is told before any work is done, unless it depends on the
    // image's environment.
    Json trial = Json::object();
    if (arguments_.find('$') == std::string::npos) apply(trial);
}

std::string ConfigChange::text() const {
    for (const auto& [name, kind] : kInstructions)
        if (kind == kind_) return fmt::format("{} {}", name, arguments_);
    return arguments_;
}

void ConfigChange::apply(Json& config) const {
    const Variables variables = variables_of(config);
    switch (kind_) {
        case Kind::kCmd:
        case Kind::kEntrypoint:
            config[kind_ == Kind::kCmd ? "Cmd" : "Entrypoint"] = command_of(arguments_, config);
            return;
        case Kind::kEnv: {
            const Pairs pairs = pairs_of(arguments_, variables);
            check_pairs(pairs);
            return set_env(config, pairs);
        }
        case Kind::kLabel: {
            const Pairs pairs = pairs_of(arguments_, variables);
            check_pairs(pairs);
            for (const auto& [name, value] : pairs) object_of(config, "Labels")[name] = value;
            return;
        }
        case Kind::kExpose:
            for (const std::string& word : expanded_words(arguments_, variables))
                expose(object_of(config, "ExposedPorts"), word);
            return;
        case Kind::kVolume: {
            const auto words = json_form(arguments_);
            for (const auto& word : words ? *words : expanded_words(arguments_, variables))
                object_of(config, "Volumes")[word] = Json::object();
            return;
        }
        case Kind::kUser:
            config["User"] = expand_word(arguments_, variables);
            return;
        case Kind::kWorkdir:
            config["WorkingDir"] = working_directory(config, expand_word(arguments_, variables));
            return;
    }
}

void apply_changes(const std::vector<ConfigChange>& changes, Json& config) {
    const auto has = [&](Kind kind) {
        return std::any_of(changes.begin(), changes.end(),
                           [&](const ConfigChange& change) { return change.kind() == kind; });
    };
    if (has(Kind::kEntrypoint) && !has(Kind::kCmd)) config.erase("Cmd");
    for (const ConfigChange& change : changes) change.apply(config);
}

}  // namespace mincs::marten
