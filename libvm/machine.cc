// See machine.hh.
#include "libvm/machine.hh"

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::vm {
namespace {

constexpr const char* kUserMode = "um";
constexpr const char* kExecWord = "exec";
constexpr JsonLimits kLimits = {.bytes = 8u << 20};

}  // namespace

std::string to_text(const Machine& machine) {
    const bool is_user_mode = machine.hypervisor == Hypervisor::kUserMode;
    return dump_json({{"hypervisor", is_user_mode ? kUserMode : "qemu"},
                      {"arch", machine.arch},
                      {"program", machine.program},
                      {"fileServer", machine.file_server},
                      {"accelerator", machine.accelerator},
                      {"mayFallBack", machine.may_fall_back},
                      {"board", machine.board},
                      {"memory", machine.memory},
                      {"cpus", machine.cpus},
                      {"network", machine.has_network},
                      {"ports", machine.ports},
                      {"bootSeconds", machine.boot_seconds},
                      {"terminal", machine.terminal},
                      {"debug", machine.debug},
                      {"guest", machine.guest}});
}

Machine parse_machine(std::string_view text, std::string_view what) {
    const Json json = parse_json(text, what, kLimits);
    if (!json.is_object()) throw Error("{}: it is no object", what);
    const auto flag = [&](const char* key) {
        return json_bool_if(json, key, what).value_or(false);
    };
    Machine machine;
    if (json_string(json, "hypervisor", what) == kUserMode)
        machine.hypervisor = Hypervisor::kUserMode;
    machine.arch = json_string(json, "arch", what);
    machine.program = json_string(json, "program", what);
    machine.file_server = json_string(json, "fileServer", what);
    machine.accelerator = json_string(json, "accelerator", what);
    machine.may_fall_back = flag("mayFallBack");
    machine.board = json_string(json, "board", what);
    machine.memory = json_int(json, "memory", what);
    machine.cpus = static_cast<int>(json_int(json, "cpus", what));
    machine.has_network = flag("network");
    machine.ports = json_strings_if(json, "ports", what);
    machine.boot_seconds = static_cast<int>(json_int(json, "bootSeconds", what));
    machine.terminal = flag("terminal");
    machine.debug = flag("debug");
    machine.guest = json_string(json, "guest", what);
    return machine;
}

std::string to_text(const GuestWords& words) {
    std::string text = fmt::format("ermine.channel={} ermine.share={}", words.channel, words.share);
    if (words.has_network) text += " ermine.network";
    if (words.shell) text += " ermine.shell";
    if (words.restart) text += " ermine.restart";
    return text;
}

GuestWords parse_guest_words(std::string_view command_line) {
    GuestWords words;
    for (std::size_t at = 0; at < command_line.size();) {
        const std::size_t end =
            std::min(command_line.find_first_of(" \n", at), command_line.size());
        const std::string_view word = command_line.substr(at, end - at);
        at = end + 1;
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::string_view key = word.substr(0, equals);
        const std::string value(word.substr(std::min(equals + 1, word.size())));
        if (key == "ermine.channel") words.channel = value;
        if (key == "ermine.share") words.share = value;
        if (key == "ermine.network") words.has_network = true;
        if (key == "ermine.shell") words.shell = true;
        if (key == "ermine.restart") words.restart = true;
    }
    return words;
}

std::vector<std::string> to_words(const GuestCommand& command) {
    std::vector<std::string> words = {kExecWord};
    if (!command.user.empty()) words.insert(words.end(), {"--user", command.user});
    if (!command.directory.empty()) words.insert(words.end(), {"--directory", command.directory});
    if (command.sets_home) words.push_back("--home");
    if (command.terminal) words.push_back("--terminal");
    words.push_back("--");
    words.insert(words.end(), command.args.begin(), command.args.end());
    return words;
}

GuestCommand parse_guest_command(std::span<char* const> words) {
    const auto next = [&]() -> std::string {
        if (words.empty()) throw UsageError("a word is missing");
        const std::string word = words.front();
        words = words.subspan(1);
        return word;
    };
    GuestCommand command;
    std::string word = next();
    if (word != kExecWord) throw UsageError("unknown word '{}'", printable(word));
    while ((word = next()) != "--") {
        if (word == "--user")
            command.user = next();
        else if (word == "--directory")
            command.directory = next();
        else if (word == "--home")
            command.sets_home = true;
        else if (word == "--terminal")
            command.terminal = true;
        else
            throw UsageError("unknown word '{}'", printable(word));
    }
    command.args = {words.begin(), words.end()};
    return command;
}

}  // namespace mincs::vm
