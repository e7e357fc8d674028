// The commands about containers and the store as a whole.
#include "tools/marten/option_groups.hh"

namespace mincs::marten {
namespace {

void declare_lc(CLI::App& command, ListContainers& options) {
    command.alias("list")->alias("ps");
    add_list_options(command, options);
}

void declare_rm(CLI::App& command, RemoveContainers& options) {
    command.add_option("CONTAINER", options.containers, "name or ID")->required();
    command.add_flag("-f,--force", options.force, "also one that runs: it is killed");
}

void declare_rename(CLI::App& command, RenameOptions& options) {
    command.add_option("CONTAINER", options.container, "name or ID")->required();
    command.add_option("NAME", options.name, "its new name")->required();
}

void declare_apply(CLI::App& command, ApplyOptions& options) {
    command.add_option("CONTAINER", options.container, "name or ID; made by 'minc -k' without -r")
        ->required();
    command.add_flag("-n,--dry-run", options.dry_run, "only tell what would be done, and check");
    command.add_flag("--force", options.force,
                     "also over files that the host has changed since the container was made");
    command.add_flag("--rm", options.remove, "remove the container when it is done");
    command.add_flag("-l,--long", options.full, "with mode, owner, group and size");
    add_format(command, options.format);
    command.add_flag("-q,--quiet", options.quiet, "do not tell what was done");
}

void declare_gc(CLI::App& command, GcOptions& options) {
    command.alias("prune");
    command.add_flag("-a,--all", options.all,
                     "images without a name as well, unless a container was made from them");
    command.add_flag("-n,--dry-run", options.dry_run, "only tell what would go");
    add_format(command, options.format);
}

void declare_df(CLI::App& command, DfOptions& options) {
    add_list_options(command, options);
}

void declare_verify(CLI::App& command, VerifyOptions& options) {
    command.add_option("IMAGE", options.images, "name or ID (default: all)");
    command.add_flag("--repair", options.repair,
                     "make what is damaged anew, from the kept blobs or the registry");
    add_quiet(command, options.quiet);
}

}  // namespace

void add_store_commands(CLI::App& app, Chosen& chosen) {
    add<ListContainers>(app, chosen, "lc", "List containers", "marten lc --format json",
                        declare_lc);
    add<RemoveContainers>(app, chosen, "rm", "Remove containers", "marten rm web 4f1c", declare_rm);
    add<RenameOptions>(app, chosen, "rename", "Give a container another name",
                       "marten rename 4f1c web", declare_rename);
    add<ApplyOptions>(app, chosen, "apply",
                      "Do to this machine what a container did on its root under an overlay",
                      "marten apply --dry-run 4f1c", declare_apply);
    add<GcOptions>(app, chosen, "gc", "Remove what nothing refers to", "marten gc --dry-run",
                   declare_gc);
    add<DfOptions>(app, chosen, "df", "Tell what takes how much of the disk", "marten df",
                   declare_df);
    add<VerifyOptions>(app, chosen, "verify",
                       "Compare every file of the images with what the registry sent",
                       "marten verify --repair debian", declare_verify);
}

}  // namespace mincs::marten
