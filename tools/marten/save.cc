// marten save: images of the store to an archive or an OCI layout, byte for byte.
#include <algorithm>
#include <memory>

#include "libcore/base/error.hh"
#include "libimage/archive_target.hh"
#include "libimage/copy.hh"
#include "libimage/layout_target.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/store_source.hh"

namespace mincs::marten {
namespace {

struct SavedImage {
    std::string typed;
    db::Image image;
    std::vector<std::string> names;  ///< what it is called in the archive
};

void add_names(std::vector<std::string>& names, const std::vector<std::string>& more) {
    for (const std::string& name : more)
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// An image typed by a name gets that name, one typed by its ID all of them. Each image once.
std::vector<SavedImage> find_images(db::Store& store, const std::vector<std::string>& typed) {
    std::vector<SavedImage> saved;
    for (const std::string& text : typed) {
        db::Image image = db::get_image(store, text);
        const auto name = db::name_meant(image, text);
        const auto names = name ? std::vector{*name} : image.names;
        auto known = std::find_if(saved.begin(), saved.end(), [&](const SavedImage& other) {
            return other.image.id == image.id;
        });
        if (known == saved.end()) known = saved.insert(saved.end(), {text, std::move(image), {}});
        add_names(known->names, names);
    }
    return saved;
}

std::unique_ptr<image::Target> open_target(const SaveOptions& options) {
    if (options.format == "oci-archive")
        return std::make_unique<image::ArchiveTarget>(image::ArchiveForm::kOci, options.output);
    if (options.format == "docker-archive")
        return std::make_unique<image::ArchiveTarget>(image::ArchiveForm::kDocker, options.output);
    if (options.output == "-")
        throw UsageError("a directory cannot go to stdout").with_hint("'-f oci-archive' can");
    return std::make_unique<image::LayoutTarget>(options.output);
}

}  // namespace

void execute(const SaveOptions& options, const StopSignals& stop) {
    db::Store store = open_for_reading();
    const std::vector<SavedImage> images = find_images(store, options.images);
    const std::unique_ptr<image::Target> target = open_target(options);
    Progress progress(Progress::style_for_stderr(options.quiet));
    for (const SavedImage& saved : images) {
        StoreSource source(store, saved.image, saved.typed);
        image::copy_image(source, *target, source.images().front(), saved.names,
                          {.cancelled = &stop.flag()}, progress);
    }
    stop.check();
    target->finish();
}

}  // namespace mincs::marten
