// The commands that turn files into images and images into files.
#include "tools/marten/option_groups.hh"

namespace mincs::marten {
namespace {

void declare_import(CLI::App& command, ImportOptions& options) {
    command
        .add_option("SOURCE", options.source,
                    "a root's directory or its tar, a docker-archive, an OCI archive or layout; "
                    "-: an archive on stdin; docker-archive:FILE:NAME, oci-archive:FILE:TAG, "
                    "oci:DIR:TAG: one image of several")
        ->required();
    command.add_option("NAME", options.name, "the image's name");
    add_platform(command, options.platform, "of an archive for several (default: this machine's)");
    command.add_flag("--cross-mounts", options.cross_mounts,
                     "take also what is mounted below the directory");
    add_max_size(command, options.max_size);
    add_quiet(command, options.quiet);
}

void declare_save(CLI::App& command, SaveOptions& options) {
    command.add_option("IMAGE", options.images, "name or ID")->required();
    command.add_option("-f,--format", options.format, "docker-archive, oci-archive or oci")
        ->option_text("FORMAT")
        ->check(CLI::IsMember({"docker-archive", "oci-archive", "oci"}));
    command.add_option("-o,--output", options.output, "a file (oci: a directory); -: stdout")
        ->option_text("FILE")
        ->required();
    add_quiet(command, options.quiet);
}

void declare_export(CLI::App& command, ExportOptions& options) {
    command.add_option("SOURCE", options.source, "image or container, name or ID")->required();
    command.add_option("-o,--output", options.output, "-: stdout")->option_text("FILE")->required();
    add_quiet(command, options.quiet);
}

void declare_cp(CLI::App& command, CpOptions& options) {
    command
        .add_option("SOURCE", options.source, "CONTAINER:PATH, a path here, or -: a tar on stdin")
        ->required();
    command
        .add_option("DESTINATION", options.destination,
                    "the same for the other side; -: a tar on stdout")
        ->required();
    command.add_flag("-a,--archive", options.archive, "keep owners and attributes");
    command.add_flag("-L,--follow-link", options.follow, "of a link, what it leads to");
}

void declare_snapshot(CLI::App& command, SnapshotOptions& options) {
    command.add_option("NAME", options.name, "the image's name");
    add_quiet(command, options.quiet);
}

}  // namespace

void add_file_commands(CLI::App& app, Chosen& chosen) {
    add<ImportOptions>(app, chosen, "import",
                       "Make images of a directory tree or an archive; prints their IDs",
                       "marten import ./rootdir mine:1", declare_import);
    add<SaveOptions>(app, chosen, "save", "Write images to an archive, as they came",
                     "marten save -o debian.tar debian", declare_save);
    add<ExportOptions>(app, chosen, "export",
                       "Write the root of an image or container as one plain tar",
                       "marten export -o root.tar debian", declare_export);
    add<CpOptions>(app, chosen, "cp", "Copy files into or out of a container, running or not",
                   "marten cp web:/etc/nginx/. ./nginx", declare_cp);
    add<SnapshotOptions>(app, chosen, "snapshot", "Make an image of this machine's own root",
                         "marten snapshot before-upgrade", declare_snapshot);
}

}  // namespace mincs::marten
