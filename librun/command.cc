// See command.hh.
#include "librun/command.hh"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "db/layout.hh"
#include "libcore/container/capabilities.hh"
#include "libcore/container/users.hh"
#include "libcore/fs/merged.hh"
#include "librun/environment.hh"

namespace mincs::run {
namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::vector<std::string> environment(const Request& request, const RootSource& root,
                                     const std::string& home) {
    std::vector<std::string> env;
    if (root.kind == RootKind::kHost) {
        // The host's own programs: they find what they would find without us.
        const std::string ours = std::string(db::kStoreOfUser) + "=";
        for (char** variable = environ; *variable; ++variable)
            if (!std::string_view(*variable).starts_with(ours)) set_variable(env, *variable);
    } else {
        for (const std::string& variable : root.config.env) set_variable(env, variable);
        if (const char* term = std::getenv("TERM"); term && request.terminal)
            set_default(env, fmt::format("TERM={}", term));
    }
    set_default(env, fmt::format("PATH={}", kDefaultPath));
    set_default(env, fmt::format("HOME={}", home));
    for (const std::string& file : request.env_files)
        for (const std::string& wanted : lines_of_env_file(file)) set_wanted(env, wanted);
    for (const std::string& wanted : request.env) set_wanted(env, wanted);
    return env;
}

bool means_all(const std::string& name) {
    return name == "ALL" || name == "all";
}

/// One that we do not hold ourselves cannot be given.
int wanted_capability(const std::string& name, const std::vector<int>& held) {
    const int capability = container::parse_capability(name);
    if (std::find(held.begin(), held.end(), capability) == held.end())
        throw Error("--cap-add {}: minc itself may not use it here",
                    container::capability_name(capability));
    return capability;
}

/// --cap-add's, each once.
std::vector<int> added_capabilities(const Request& request) {
    std::vector<int> added;
    if (request.cap_add.empty()) return added;
    const std::vector<int> held = container::all_capabilities();
    for (const std::string& name : request.cap_add) {
        if (means_all(name)) return held;
        const int capability = wanted_capability(name, held);
        if (std::find(added.begin(), added.end(), capability) == added.end())
            added.push_back(capability);
    }
    return added;
}

/// As docker has it: what is added by its name stays, in whatever order the options come; of ALL
/// the dropped ones are taken away again.
void set_capabilities(const Request& request, container::Process& process) {
    std::vector<int> added = added_capabilities(request);
    const bool adds_all = std::any_of(request.cap_add.begin(), request.cap_add.end(), means_all);
    std::vector<int> kept =
        request.privileged ? container::all_capabilities() : container::default_capabilities();
    if (adds_all) kept = std::exchange(added, {});
    for (const std::string& name : request.cap_drop) {
        if (!means_all(name)) {
            std::erase(kept, container::parse_capability(name));
            continue;
        }
        if (adds_all) throw UsageError("--cap-add ALL and --cap-drop ALL exclude each other");
        kept.clear();
    }
    process.ambient_capabilities = adds_all ? kept : added;
    for (const int capability : added)
        if (std::find(kept.begin(), kept.end(), capability) == kept.end())
            kept.push_back(capability);
    process.capabilities = std::move(kept);
}

std::string working_directory(const Request& request, const RootSource& root) {
    if (!request.workdir.empty()) {
        if (!request.workdir.starts_with('/'))
            throw UsageError("the working directory '{}' is not absolute",
                             printable(request.workdir));
        return request.workdir;
    }
    if (root.kind == RootKind::kHost) return std::filesystem::current_path().native();
    return root.config.working_dir.starts_with('/') ? root.config.working_dir : "/";
}

container::ResolvedUser find_user(const Request& request, const RootSource& root,
                                  const std::string& upper) {
    const std::string& text = request.user.empty() ? root.config.user : request.user;
    // Root needs no look into the files, and most containers run as root.
    if (text.empty() || text == "0" || text == "root") return {{0, 0, {}}, "/root"};
    std::vector<std::string> stack = root.lower;
    if (!upper.empty()) stack.insert(stack.begin(), upper);
    return container::resolve_user(text, fs::open_merged(stack, "'" + root.name + "'"));
}

}  // namespace

std::vector<std::string> command_line(const Request& request, const RootSource& root) {
    std::vector<std::string> words = root.config.entrypoint;
    if (request.entrypoint) {
        words.clear();
        if (!request.entrypoint->empty()) words.push_back(*request.entrypoint);
    }
    const bool own = !request.command.empty() || request.entrypoint;
    const std::vector<std::string>& rest = own ? request.command : root.config.cmd;
    words.insert(words.end(), rest.begin(), rest.end());
    if (!words.empty()) return words;
    const char* shell = root.kind == RootKind::kHost ? std::getenv("SHELL") : nullptr;
    return {shell && *shell == '/' ? shell : "/bin/sh"};
}

container::Process make_process(const Request& request, const RootSource& root,
                                const std::string& upper) {
    const container::ResolvedUser who = find_user(request, root, upper);
    container::Process process;
    process.terminal = request.terminal;
    process.user = who.user;
    process.args = command_line(request, root);
    process.env = environment(request, root, who.home);
    process.cwd = working_directory(request, root);
    set_capabilities(request, process);
    process.rlimits = request.rlimits;
    process.no_new_privileges = !request.privileged;
    return process;
}

container::Mount parse_tmpfs(const std::string& text) {
    const std::size_t colon = text.find(':');
    container::Mount mount{text.substr(0, colon), "tmpfs", "tmpfs", {"nosuid", "nodev"}};
    const auto complain = [&] {
        throw UsageError(
            "'{}' is not DIR[:OPTION,...] with an absolute DIR and size=, mode=, ro, rw, exec, "
            "noexec",
            printable(text));
    };
    if (!mount.destination.starts_with('/')) complain();
    bool executable = false;
    for (std::size_t at = colon; at != std::string::npos;) {
        const std::size_t end = text.find(',', at + 1);
        const std::string option =
            text.substr(at + 1, end == std::string::npos ? end : end - at - 1);
        at = end;
        if (option == "exec" || option == "noexec")
            executable = option == "exec";
        else if (option == "ro" || option.starts_with("size=") || option.starts_with("mode="))
            mount.options.push_back(option);
        else if (option != "rw")
            complain();
    }
    if (!executable) mount.options.push_back("noexec");
    return mount;
}

container::Mount parse_bind(const std::string& text) {
    const std::size_t first = text.find(':');
    const std::size_t second = text.find(':', first == std::string::npos ? first : first + 1);
    const std::string source = text.substr(0, first);
    const std::string target =
        first == std::string::npos ? source : text.substr(first + 1, second - first - 1);
    const std::string mode = second == std::string::npos ? "rw" : text.substr(second + 1);
    if (source.empty() || !target.starts_with('/') || (mode != "rw" && mode != "ro"))
        throw UsageError("'{}' is not HOST:DIR[:ro] with an absolute DIR", printable(text));
    std::error_code code;
    const std::filesystem::path absolute = std::filesystem::canonical(source, code);
    if (code) throw SysError(code.value(), "binding '{}'", printable(source));
    container::Mount mount{target, "bind", absolute.native(), {"rbind", "nodev"}};
    if (mode == "ro") mount.options.push_back("ro");
    return mount;
}

}  // namespace mincs::run
