// marten import: a directory tree becomes an image of one layer. The tree is packed as a layer's
// tar, and that one stream goes three ways at once: its digest, the compressed blob, and the
// unpacker a pull uses, so that an imported layer is in no way different from one that came from a
// registry.
#include <sys/stat.h>

#include <cstdio>

#include "db/record.hh"
#include "libcore/base/log.hh"
#include "libcore/base/progress.hh"
#include "libcore/layer/layer_apply.hh"
#include "libcore/layer/layer_pack.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/gzip.hh"
#include "tools/marten/image_name.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/worker.hh"

namespace mincs::marten {
namespace {

namespace stdfs = std::filesystem;

/// The store itself must not become part of the image, should it lie below the directory.
std::vector<std::string> exclusions(const stdfs::path& tree, const stdfs::path& store) {
    const stdfs::path inside = stdfs::canonical(store).lexically_relative(tree);
    if (inside.empty() || *inside.begin() == "..") return {};
    if (inside == ".") throw Error("'{}' is the store itself", tree.native());
    return {inside.native()};
}

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
    GzipWriter gzip_;
};

struct ImportedLayer {
    db::NewLayer layer;
    db::NewBlob blob;
};

/// Unpacks what the packer pushes; its failure is captured before the packer learns of it.
void unpack(layer::ByteQueue& queue, const stdfs::path& directory, layer::ApplyResult& result,
            Failure& failure) noexcept {
    try {
        const fs::RootDir target(Fd(check(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                                          "opening '{}'", directory.native())),
                                 "the layer");
        result = layer::apply_layer([&] { return queue.pull(); }, target);
    } catch (const std::exception& error) {
        failure.capture("storing the layer");
        queue.fail(error.what());
    }
}

ImportedLayer import_layer(const fs::RootDir& tree, const layer::PackOptions& pack_options,
                           const db::Staging& staging, const Progress::Task& task,
                           const StopSignals& stop) {
    const stdfs::path directory = staging.path() / "layer";
    check(mkdir(directory.c_str(), 0755), "creating the directory '{}'", directory.native());
    BlobWriter blob(staging.path() / "blob");
    layer::ApplyResult applied;
    layer::PackResult packed;
    Failure failure(stop);
    {
        layer::ByteQueue queue;
        const Worker unpacker([&] { unpack(queue, directory, applied, failure); });
        try {
            const layer::TarSink sink = [&](std::string_view tar) {
                stop.check();
                blob.write(tar);
                queue.push(tar);
                task.advance(static_cast<std::int64_t>(tar.size()));
            };
            packed = layer::write_layer_tar(tree, sink, pack_options);
            queue.close();
        } catch (const std::exception& error) {
            failure.capture("packing the directory");
            queue.fail(error.what());
        }
    }
    failure.rethrow();
    return {{packed.diff_id.hex(), packed.diff_id, directory, applied.bytes, applied.entries},
            blob.finish()};
}

/// Parts that are in the store already stay as they are.
void keep_what_is_here(db::Store& store, db::NewImage& image) {
    for (db::NewLayer& layer : image.layers)
        if (db::has_layer(store, layer.key)) layer.staged.clear();
    for (db::NewBlob& blob : image.blobs)
        if (db::has_blob(store, blob.digest)) blob.staged.clear();
}

db::NewImage make_image(const db::Staging& staging, const std::string& name,
                        const ImportedLayer& imported) {
    db::NewImage image;
    if (!name.empty()) image.names = {name};
    image.config = db::ImageConfig::make_for_import(imported.layer.diff_id,
                                                    registry::Platform::host().architecture);
    const stdfs::path config = staging.path() / "config";
    write_file_atomic(config, image.config, 0600);
    image.layer_keys = {imported.layer.key};
    image.layers = {imported.layer};
    image.blobs = {
        imported.blob,
        {Digest::of(image.config), config, static_cast<std::int64_t>(image.config.size())}};
    return image;
}

std::vector<std::string> keys_of(const db::NewImage& image) {
    std::vector<std::string> keys = image.layer_keys;
    for (const db::NewBlob& blob : image.blobs) keys.push_back(blob.digest.hex());
    return keys;
}

}  // namespace

void execute(const ImportOptions& options, const StopSignals& stop) {
    const std::string name = options.name.empty() ? "" : local_image_name(options.name);
    const fs::RootDir tree(
        Fd(check(open(options.source.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                 printable(options.source))),
        options.source);
    db::Store store = open_for_writing();
    layer::PackOptions pack_options;
    pack_options.one_file_system = !options.cross_mounts;
    pack_options.exclude = exclusions(stdfs::canonical(options.source), store.layout().base());
    const db::Staging staging = db::Staging::create(store);
    ImportedLayer imported;
    {
        Progress progress(Progress::style_for_stderr(options.quiet));
        const Progress::Task task = progress.start("packing", 0);
        debug("packing '{}' into '{}'", options.source, staging.path().native());
        imported = import_layer(tree, pack_options, staging, task, stop);
        task.finish("done");
    }
    db::NewImage image = make_image(staging, name, imported);
    const db::KeyLocks locks = db::KeyLocks::acquire(
        store, keys_of(image), [] {}, [&] { return stop.flag().load(); });
    keep_what_is_here(store, image);
    const std::string id = db::record_image(store, staging, image);
    std::puts(id.c_str());
}

}  // namespace mincs::marten
