// marten export: the whole root of an image or a container as one plain tar, whose bytes depend on
// the root alone.
#include "libcore/base/log.hh"
#include "libcore/base/progress.hh"
#include "libcore/layer/layer_pack.hh"
#include "libimage/output_file.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/host_root.hh"
#include "tools/marten/merged_view.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

void write_tar(const fs::RootDir& root, const layer::PackOptions& pack, image::OutputFile& file,
               const ExportOptions& options, const StopSignals& stop) {
    Progress progress(Progress::style_for_stderr(options.quiet));
    const Progress::Task task = progress.start("exporting", 0);
    const auto packed = layer::write_layer_tar(
        root,
        [&](std::string_view tar) {
            stop.check();
            file.write(tar);
            task.advance(static_cast<std::int64_t>(tar.size()));
        },
        pack);
    task.finish("done");
    if (packed.changed > 0)
        warning("{} files vanished or shrank while they were read, ignoring", packed.changed);
}

}  // namespace

void execute(const ExportOptions& options, const StopSignals& stop) {
    db::Store store = open_for_reading();
    Thing thing = get_thing(store, options.source);
    image::OutputFile file(options.output);
    layer::PackOptions pack;
    pack.is_merged = true;
    if (auto* container = std::get_if<db::Container>(&thing)) {
        const ContainerHold hold(store, std::move(*container));
        pack.live = hold.is_live();
        if (is_of_the_host(hold.container())) pack.exclude = not_of_the_host(store);
        write_tar(open_root(store, hold), pack, file, options, stop);
        hold.check_still_there();
    } else {
        write_tar(open_root(store, std::get<db::Image>(thing)), pack, file, options, stop);
    }
    file.commit();
}

}  // namespace mincs::marten
