// See make_layer.hh.
#include "tools/marten/make_layer.hh"

#include <sys/stat.h>

#include "libcore/base/log.hh"
#include "libcore/base/progress.hh"
#include "libcore/base/timestamps.hh"
#include "libcore/layer/gzip.hh"
#include "libcore/layer/layer_apply.hh"
#include "tools/marten/space_budget.hh"
#include "tools/marten/worker.hh"

namespace mincs::marten {
namespace {

namespace stdfs = std::filesystem;

/// The compressed layer's file, and its digest and size as they come to be.
class BlobWriter {
 public:
    explicit BlobWriter(const stdfs::path& path)
        : path_(path),
          fd_(check(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                    "creating '{}'", path.native())),
          gzip_([this](std::string_view bytes) {
              hasher_.update(bytes);
              write_all(fd_.get(), bytes, path_.native());
              size_ += static_cast<std::int64_t>(bytes.size());
          }) {}
    void write(std::string_view tar) { gzip_.write(tar); }
    db::NewBlob finish() {
        gzip_.finish();
        return {hasher_.finish(), path_, size_};
    }

 private:
    stdfs::path path_;
    Fd fd_;
    Hasher hasher_;
    std::int64_t size_ = 0;
    layer::GzipWriter gzip_;
};

/// Unpacks what the packer pushes; its failure is captured before the packer learns of it.
void unpack(layer::ByteQueue& queue, const stdfs::path& directory, layer::ApplyResult& result,
            SpaceBudget& budget, const std::string& action, Failure& failure) noexcept {
    try {
        const fs::RootDir target(Fd(check(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                                          "opening '{}'", directory.native())),
                                 "the layer");
        layer::ApplyLimits limits;
        limits.claim = [&](std::int64_t bytes) { budget.claim(bytes); };
        result = layer::apply_layer([&] { return queue.pull(); }, target, limits);
    } catch (const std::exception& error) {
        failure.capture(action);
        queue.fail(error.what());
    }
}

void tell_changes(const LayerRecipe& recipe, const layer::PackResult& packed) {
    if (packed.changed > 0)
        warning("{}: {} files vanished or shrank while they were read, ignoring", recipe.action,
                packed.changed);
}

}  // namespace

MadeLayer make_layer(const fs::RootDir& tree, const LayerRecipe& recipe, const db::Staging& staging,
                     const StopSignals& stop) {
    const stdfs::path directory = staging.path() / "layer";
    check(mkdir(directory.c_str(), 0755), "creating the directory '{}'", directory.native());
    layer::PackOptions options = recipe.pack;
    options.latest = source_date_epoch();
    BlobWriter blob(staging.path() / "blob");
    Progress progress(Progress::style_for_stderr(recipe.quiet));
    const Progress::Task task = progress.start("packing", 0);
    debug("packing '{}' into '{}'", tree.name(), staging.path().native());
    layer::ApplyResult applied;
    layer::PackResult packed;
    SpaceBudget budget(staging.path(), recipe.max_size);
    Failure failure(stop);
    {
        layer::ByteQueue queue;
        const Worker unpacker(
            [&] { unpack(queue, directory, applied, budget, recipe.action, failure); });
        try {
            const layer::TarSink sink = [&](std::string_view tar) {
                stop.check();
                blob.write(tar);
                queue.push(tar);
                task.advance(static_cast<std::int64_t>(tar.size()));
            };
            packed = layer::write_layer_tar(tree, sink, options);
            queue.close();
        } catch (const std::exception& error) {
            failure.capture(recipe.action);
            queue.fail(error.what());
        }
    }
    failure.rethrow();
    // Apart from the return: GCC 12 destroys an aggregate's first members twice where a later one's
    // initialiser throws.
    db::NewBlob finished = blob.finish();
    task.finish("done");
    tell_changes(recipe, packed);
    return {{packed.diff_id.hex(), packed.diff_id, directory, applied.bytes, applied.entries},
            std::move(finished),
            packed};
}

}  // namespace mincs::marten
