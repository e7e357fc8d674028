// See script.hh.
#include "tools/polecat/script.hh"

#include <fmt/format.h>

#include <sstream>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"

namespace mincs::polecat {
namespace {

/// The text is one argument of the shell, and no argument is longer than 128 KiB (execve(2)).
constexpr std::size_t kMaxScript = 120u << 10;

std::vector<std::string> words_of(const std::string& text, std::string_view variable,
                                  std::string_view what) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        if (!word.starts_with('/') || word == "/")
            throw Error("the script '{}': {} has '{}', which is no absolute path", printable(what),
                        variable, printable(word));
        words.push_back(std::move(word));
    }
    return words;
}

}  // namespace

// What the script itself prints goes to stderr.
std::string reading_program(const std::string& script) {
    return "exec 9>&1 1>&2\n" + script +
           "\nprintf '%s\\0' \"${COMMAND-}\" \"${MKDIRS-}\" \"${RMDIRS-}\" >&9\n";
}

std::string installing_program(const std::string& script) {
    return script +
           "\nif type install_command >/dev/null 2>&1; then install_command || exit; fi\n"
           "if [ -n \"${MKDIRS-}\" ]; then mkdir -p -- $MKDIRS || exit; fi\n"
           "if [ -n \"${RMDIRS-}\" ]; then rm -rf -- $RMDIRS || exit; fi\n";
}

Script parse_variables(std::string_view printed, std::string_view what) {
    std::vector<std::string> values;
    while (!printed.empty()) {
        const std::size_t end = printed.find('\0');
        if (end == std::string_view::npos) break;
        values.emplace_back(printed.substr(0, end));
        printed.remove_prefix(end + 1);
    }
    if (values.size() != 3) throw Error("the script '{}' ended before its end", printable(what));
    return {values[0], words_of(values[1], "MKDIRS", what), words_of(values[2], "RMDIRS", what)};
}

Script run_script(Session& session, const std::string& path) {
    const std::string text = read_file(path, kMaxScript);
    if (text.find('\0') != std::string::npos)
        throw Error("the script '{}' is no text", printable(path));
    const auto shell = [&](const std::string& program) {
        return std::vector<std::string>{"/bin/sh", "-c", program, path};
    };
    std::string printed;
    const int read = session.capture(shell(reading_program(text)), printed);
    if (read != 0) throw Error("the script '{}' ended with status {}", printable(path), read);
    const Script script = parse_variables(printed, path);
    debug("script: command '{}', {} directories to make, {} to remove", printable(script.command),
          script.mkdirs.size(), script.rmdirs.size());
    if (const int status = session.install(shell(installing_program(text))); status != 0)
        throw Error("the script '{}': install_command ended with status {}", printable(path),
                    status);
    return script;
}

}  // namespace mincs::polecat
