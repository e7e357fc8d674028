// See image_config.hh.
#include "db/image_config.hh"

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::db {
namespace {

constexpr std::size_t kMaximumLayers = 1000;
constexpr std::size_t kMaximumWords = 10'000;

/// Words for execve(2): a NUL inside one would cut it short in silence.
void check_words(const std::vector<std::string>& words, const char* key, std::string_view what) {
    if (words.size() > kMaximumWords)
        throw Error("{}: '{}' has more than {} entries", what, key, kMaximumWords);
    for (const std::string& word : words)
        if (word.find('\0') != std::string::npos)
            throw Error("{}: '{}' has an entry with a NUL byte", what, key);
}

std::vector<std::string> words_of(const Json& object, const char* key, std::string_view what) {
    std::vector<std::string> words = json_strings_if(object, key, what);
    check_words(words, key, what);
    return words;
}

std::string word_of(const Json& object, const char* key, std::string_view what) {
    std::string word = json_string_if(object, key, what).value_or("");
    check_words({word}, key, what);
    return word;
}

std::vector<Digest> diff_ids_of(const Json& document, std::string_view what) {
    const auto rootfs = document.find("rootfs");
    if (rootfs == document.end() || !rootfs->is_object())
        throw Error("{}: 'rootfs' is missing: not an image's configuration", what);
    const std::string type = json_string(*rootfs, "type", what);
    if (type != "layers")
        throw Error("{}: rootfs of type '{}' instead of 'layers'", what, printable(type));
    std::vector<Digest> diff_ids;
    for (const std::string& text : json_strings_if(*rootfs, "diff_ids", what))
        diff_ids.push_back(Digest::parse(text));
    if (diff_ids.size() > kMaximumLayers)
        throw Error("{}: more than {} layers", what, kMaximumLayers);
    return diff_ids;
}

}  // namespace

ImageConfig ImageConfig::parse(std::string_view json, std::string_view what) {
    const Json document = parse_json(json, what);
    if (!document.is_object()) throw Error("{}: not a JSON object", what);
    ImageConfig config;
    config.architecture = word_of(document, "architecture", what);
    config.os = word_of(document, "os", what);
    config.created = word_of(document, "created", what);
    config.diff_ids = diff_ids_of(document, what);
    const auto run = document.find("config");
    if (run == document.end() || run->is_null()) return config;
    config.env = words_of(*run, "Env", what);
    config.entrypoint = words_of(*run, "Entrypoint", what);
    config.cmd = words_of(*run, "Cmd", what);
    config.working_dir = word_of(*run, "WorkingDir", what);
    config.user = word_of(*run, "User", what);
    return config;
}

}  // namespace mincs::db
