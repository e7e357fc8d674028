// The commands about the images that are here.
#include "tools/marten/option_groups.hh"

namespace mincs::marten {
namespace {

constexpr const char* kImageOrContainer = "image or container, name or ID";

void declare_li(CLI::App& command, ListImages& options) {
    command.alias("images");
    command.add_flag("--layers", options.layers, "the layers and what they stand on");
    add_list_options(command, options);
}

void declare_inspect(CLI::App& command, InspectOptions& options) {
    command.add_option("THING", options.things, kImageOrContainer)->required();
    add_format(command, options.format);
}

void declare_history(CLI::App& command, HistoryOptions& options) {
    command.add_option("IMAGE", options.image, "name or ID")->required();
    add_list_options(command, options);
}

void declare_diff(CLI::App& command, DiffOptions& options) {
    command.add_option("A", options.first, kImageOrContainer)->required();
    command.add_option("B", options.second,
                       "what to compare with (default: what the container was made from)");
    command.add_flag("-l,--long", options.full, "with mode, owner, group and size");
    add_format(command, options.format);
}

void declare_commit(CLI::App& command, CommitOptions& options) {
    command.add_option("CONTAINER", options.container, "name or ID")->required();
    command.add_option("NAME", options.name, "the image's name");
    command
        .add_option("-c,--change", options.changes,
                    "CMD, ENTRYPOINT, ENV, WORKDIR, USER, LABEL, EXPOSE or VOLUME, as in a "
                    "Dockerfile; may be repeated")
        ->allow_extra_args(false)
        ->option_text("INSTRUCTION");
    command.add_option("-a,--author", options.author, "the image's author")->option_text("NAME");
    command.add_option("-m,--message", options.message, "a comment in the history")
        ->option_text("TEXT");
    command.add_flag("--squash", options.squash, "one layer instead of a stack");
    add_quiet(command, options.quiet);
}

void declare_tag(CLI::App& command, TagOptions& options) {
    command.alias("renamei");
    command.add_option("IMAGE", options.image, "name or ID")->required();
    command.add_option("NAME", options.name, "[REGISTRY/]NAME[:TAG]")->required();
}

void declare_untag(CLI::App& command, UntagOptions& options) {
    command.add_option("NAME", options.names, "names of images")->required();
}

void declare_rmi(CLI::App& command, RemoveImages& options) {
    command.add_option("IMAGE", options.images, "name or ID")->required();
}

void declare_mount(CLI::App& command, MountOptions& options) {
    command.add_option("THING", options.things, kImageOrContainer);
    add_list_options(command, options);
}

void declare_umount(CLI::App& command, UnmountOptions& options) {
    command.add_option("THING", options.things, kImageOrContainer);
    command.add_flag("-a,--all", options.all, "all that is mounted");
}

}  // namespace

void add_image_commands(CLI::App& app, Chosen& chosen) {
    add<ListImages>(app, chosen, "li", "List images", "marten li --long", declare_li);
    add<InspectOptions>(app, chosen, "inspect", "Print all about images and containers as JSON",
                        "marten inspect debian", declare_inspect);
    add<HistoryOptions>(app, chosen, "history", "List how an image was made",
                        "marten history debian", declare_history);
    add<DiffOptions>(app, chosen, "diff",
                     "List what a container changed, or what differs between two images",
                     "marten diff 4f1c", declare_diff);
    add<CommitOptions>(app, chosen, "commit", "Make an image of a container; prints its ID",
                       "marten commit --change 'CMD [\"nginx\"]' 4f1c mine:2", declare_commit);
    add<TagOptions>(app, chosen, "tag", "Give an image one more name",
                    "marten tag debian mine:stable", declare_tag);
    add<UntagOptions>(app, chosen, "untag", "Take names away; the images stay",
                      "marten untag mine:stable", declare_untag);
    add<RemoveImages>(app, chosen, "rmi",
                      "Remove images, or one of the names of an image that has several",
                      "marten rmi debian", declare_rmi);
    add<MountOptions>(app, chosen, "mount",
                      "Mount roots of images (read-only) and containers; prints where",
                      "marten mount debian", declare_mount);
    add<UnmountOptions>(app, chosen, "umount", "Take such mounts away", "marten umount debian",
                        declare_umount);
}

}  // namespace mincs::marten
