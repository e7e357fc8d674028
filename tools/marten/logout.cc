// marten logout: a registry's password is forgotten.
#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "libregistry/credential_store.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/registry_name.hh"

namespace mincs::marten {
namespace {

using Files = std::vector<std::filesystem::path>;

void forget_all(const Files& files) {
    const std::vector<std::string> registries = registry::forget_all_credentials(files);
    if (registries.empty())
        throw Error("logging out: '{}' keeps no passwords", files.front().string());
    for (const std::string& registry : registries)
        write_log_line("", fmt::format("logged out of '{}'", printable(registry)));
}

/// Where a pull would still find some; empty: nowhere.
std::string still_known_from(const Files& files, const std::string& registry) {
    const registry::Reference whole{registry, "", "", {}};
    const auto found = registry::find_credentials(files, whole).credentials;
    return found ? found->origin : "";
}

}  // namespace

void execute(const LogoutOptions& options, const StopSignals&) {
    const Files files = registry::credential_files(options.auth_file);
    if (options.all) {
        if (!options.registry.empty()) throw UsageError("either a registry or --all");
        return forget_all(files);
    }
    const std::string registry = registry_name(options.registry);
    const auto where = registry::forget_credentials(files, registry);
    const std::string other = still_known_from(files, registry);
    if (!where && other.empty())
        throw Error("logging out of '{}': no password of it is kept", registry);
    if (!where)
        throw Error("logging out of '{}': its password is kept by {}, and not by marten", registry,
                    other)
            .with_hint("whoever put it there takes it away: 'docker logout', or an editor");
    write_log_line("", fmt::format("logged out of '{}', which was kept by {}", registry, *where));
    if (!other.empty())
        warning("a password of '{}' is still known from {}, leaving it there", registry, other);
}

}  // namespace mincs::marten
