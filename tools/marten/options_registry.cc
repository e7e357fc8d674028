// The commands that talk to registries.
#include "tools/marten/option_groups.hh"

namespace mincs::marten {
namespace {

constexpr const char* kReference = "[REGISTRY/]NAME[:TAG][@DIGEST]";
constexpr const char* kPlace =
    "[REGISTRY/]NAME[:TAG][@DIGEST], oci:DIR[:TAG], oci-archive:FILE[:TAG] or "
    "docker-archive:FILE[:NAME]";

void declare_pull(CLI::App& command, PullOptions& options) {
    command.add_option("REF", options.references, kReference)->required();
    add_platform(command, options.platform, "of an image for several (default: this machine's)");
    add_max_size(command, options.max_size);
    add_quiet(command, options.quiet);
}

void declare_push(CLI::App& command, PushOptions& options) {
    command.add_option("IMAGE", options.image, "name or ID")->required();
    command.add_option("REF", options.reference, "where to (default: the image's own name)");
    add_quiet(command, options.quiet);
}

void declare_copy(CLI::App& command, CopyOptions& options) {
    command.add_option("SRC", options.source, kPlace)->required();
    command.add_option("DST", options.destination, "the same")->required();
    command
        .add_option_function<std::string>(
            "--platform",
            [&options](const std::string& text) {
                options.platform = registry::Platform::parse(text);
            },
            "of an index only this one (default: all of it)")
        ->option_text("OS/ARCH[/VARIANT]");
    add_quiet(command, options.quiet);
}

void declare_tags(CLI::App& command, ListTags& options) {
    command.add_option("REPO", options.repository, "[REGISTRY/]NAME")->required();
    add_format(command, options.format);
}

void declare_remote_inspect(CLI::App& command, RemoteInspect& options) {
    command.add_option("REF", options.reference, kReference)->required();
    add_platform(command, options.platform, "of an image for several (default: this machine's)");
    command.add_flag("--raw", options.raw, "the manifest or index, byte for byte");
}

void declare_login(CLI::App& command, LoginOptions& options) {
    command.add_option("REGISTRY", options.registry, "HOST[:PORT] (default: docker.io)");
    command.add_option("-u,--username", options.user, "asked for if missing")->option_text("NAME");
    command.add_flag("--password-stdin", options.password_stdin, "read the password from stdin");
    add_auth_file(command, options.auth_file);
}

void declare_logout(CLI::App& command, LogoutOptions& options) {
    command.add_option("REGISTRY", options.registry, "HOST[:PORT] (default: docker.io)");
    command.add_flag("-a,--all", options.all, "from all registries");
    add_auth_file(command, options.auth_file);
}

}  // namespace

void add_registry_commands(CLI::App& app, Chosen& chosen) {
    add<PullOptions>(app, chosen, "pull", "Fetch images from a registry; prints their IDs",
                     "marten pull debian quay.io/org/app:1.2 127.0.0.1:5000/library/busybox",
                     declare_pull);
    add<PushOptions>(app, chosen, "push", "Send an image to a registry; prints its digest",
                     "marten push mine:1 registry.example/team/mine:1", declare_push);
    add<CopyOptions>(app, chosen, "copy",
                     "Copy an image from registry to registry, or to or from a file, as it is",
                     "marten copy debian:12 oci-archive:debian.tar", declare_copy);
    add<ListTags>(app, chosen, "tags", "List the tags of a repository", "marten tags debian",
                  declare_tags);
    CLI::App* remote = add_command(app, "remote", "Look at an image in its registry",
                                   "marten remote inspect debian");
    remote->require_subcommand(1);
    add<RemoteInspect>(*remote, chosen, "inspect", "Print its manifest and config as JSON",
                       "marten remote inspect --raw debian", declare_remote_inspect);
    add<LoginOptions>(app, chosen, "login", "Keep the password of a registry",
                      "marten login -u me quay.io", declare_login);
    add<LogoutOptions>(app, chosen, "logout", "Forget the password of a registry",
                       "marten logout quay.io", declare_logout);
}

}  // namespace mincs::marten
