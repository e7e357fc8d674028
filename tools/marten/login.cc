// marten login: a registry's password, tried first, then kept where docker, podman and skopeo find
// it, too.
#include <unistd.h>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libregistry/client.hh"
#include "libregistry/credential_store.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/prompt.hh"
#include "tools/marten/registry_name.hh"

namespace mincs::marten {
namespace {

constexpr std::size_t kLongestPassword = 64u << 10;

std::string password_from_stdin() {
    std::string password = read_all(STDIN_FILENO, kLongestPassword, "the password on stdin");
    if (password.ends_with('\n')) password.pop_back();
    if (password.ends_with('\r')) password.pop_back();
    return password;
}

registry::Credentials ask_for_credentials(const LoginOptions& options, const std::string& registry,
                                          const StopSignals& stop) {
    registry::Credentials given;
    given.user = options.user;
    given.origin = options.password_stdin ? "stdin" : "the terminal";
    if (options.password_stdin) {
        if (given.user.empty()) throw UsageError("--password-stdin needs --username");
        given.password = password_from_stdin();
    } else {
        if (isatty(STDIN_FILENO) == 0)
            throw Error("logging in to '{}': there is no terminal to ask for the password on",
                        registry)
                .with_hint(
                    fmt::format("marten login -u NAME --password-stdin {} < FILE", registry));
        if (given.user.empty())
            given.user = ask(fmt::format("user name at {}: ", registry), Echo::kOn, stop);
        given.password =
            ask(fmt::format("password of {}: ", printable(given.user)), Echo::kOff, stop);
    }
    if (given.user.empty() || given.user.find(':') != std::string::npos)
        throw UsageError("'{}' is no user name", printable(given.user));
    if (given.password.empty()) throw Error("logging in to '{}': the password is empty", registry);
    return given;
}

}  // namespace

void execute(const LoginOptions& options, const StopSignals& stop) {
    const std::string registry = registry_name(options.registry);
    const registry::Credentials given = ask_for_credentials(options, registry, stop);
    registry::ClientOptions client_options;
    client_options.credentials = given;
    client_options.cancelled = &stop.flag();
    registry::Client client(std::move(client_options));
    if (!client.check_login(registry))
        warning("'{}' asks for no password, keeping this one untried", registry);
    const std::string where =
        registry::keep_credentials(registry::credential_files(options.auth_file), registry, given);
    write_log_line("", fmt::format("logged in to '{}' as '{}', kept by {}", registry,
                                   printable(given.user), where));
}

}  // namespace mincs::marten
