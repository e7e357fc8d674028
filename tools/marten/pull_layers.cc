// See pull_layers.hh. Per layer two threads: one downloads into the blob's file and a bounded
// queue, the other unpacks from the queue (and has a third inflate for it). A slow disk thus slows
// the download, not memory.
//
//      registry ──> digest of the blob (client) ──> blob file
//                                               └─> ByteQueue ──> inflate ──> DiffID ──> directory
#include "tools/marten/pull_layers.hh"

#include <sys/stat.h>

#include <atomic>
#include <optional>

#include "libcore/base/log.hh"
#include "libcore/layer/inflate.hh"
#include "tools/marten/worker.hh"

namespace mincs::marten {
namespace {

constexpr std::size_t kLayersAtOnce = 3;  // as docker

std::string short_digest(const Digest& digest) {
    return digest.hex().substr(0, 12);
}

/// A new file for a blob's bytes.
class BlobFile {
 public:
    explicit BlobFile(const std::filesystem::path& path)
        : path_(path.native()),
          fd_(check(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                    "creating '{}'", path_)) {}
    void write(std::string_view bytes) { write_all(fd_.get(), bytes, path_); }

 private:
    std::string path_;
    Fd fd_;
};

/// Fetching a set of jobs; lives as long as its threads.
class LayerFetch {
 public:
    LayerFetch(const std::string& action, const BlobFetcher& fetch, std::vector<LayerJob>& jobs,
               Progress& progress, const StopSignals& stop)
        : action_(action), fetch_(fetch), jobs_(jobs), stop_(stop), failure_(stop) {
        for (const LayerJob& job : jobs)
            tasks_.push_back(
                progress.start(short_digest(job.descriptor.digest), job.descriptor.size));
    }

    void run() {
        {
            std::vector<Worker> workers;
            for (std::size_t i = 0; i < std::min(kLayersAtOnce, jobs_.size()); ++i)
                workers.emplace_back([this] { work(); });
        }
        failure_.rethrow();
        stop_.check();
    }

 private:
    /// A thread's life: the next job, until there is none or something failed.
    void work() {
        while (!stop_.flag()) {
            const std::size_t index = next_++;
            if (index >= jobs_.size()) return;
            LayerJob& job = jobs_[index];
            try {
                if (job.directory.empty())
                    fetch_and_check(job, tasks_[index]);
                else
                    fetch_and_unpack(job, tasks_[index]);
                if (!stop_.flag()) tasks_[index].finish("done");
            } catch (...) {
                failure_.capture(context_of(job));
            }
        }
    }

    std::string context_of(const LayerJob& job) const {
        return fmt::format("{}: layer {}", action_, short_digest(job.descriptor.digest));
    }

    void fetch_and_unpack(LayerJob& job, const Progress::Task& task) {
        debug("layer {}: downloading {} bytes, unpacking into '{}'",
              short_digest(job.descriptor.digest), job.descriptor.size, job.directory.native());
        check(mkdir(job.directory.c_str(), 0755), "creating the directory '{}'",
              job.directory.native());
        BlobFile blob(job.blob);
        layer::ByteQueue queue;
        const Worker unpacker([&] { unpack(job, queue); });
        // Whatever ends this function must wake the unpacker, which waits for bytes.
        try {
            fetch_(job.descriptor, [&](std::string_view bytes) {
                stop_.check();
                blob.write(bytes);
                queue.push(bytes);
                task.advance(static_cast<std::int64_t>(bytes.size()));
            });
            queue.close();
        } catch (const std::exception& error) {
            failure_.capture(context_of(job));
            queue.fail(error.what());
        }
    }

    /// The unpacker's thread. Its failure is captured before the queue tells the downloader of it.
    void unpack(LayerJob& job, layer::ByteQueue& queue) noexcept {
        try {
            const fs::RootDir target(
                Fd(check(open(job.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                         "opening '{}'", job.directory.native())),
                "the layer");
            const layer::TarSource source = [&] {
                stop_.check();
                return queue.pull();
            };
            job.result = layer::apply_compressed_layer(source, target, job.diff_id);
        } catch (const std::exception& error) {
            failure_.capture(context_of(job));
            queue.fail(error.what());
        }
    }

    /// The layer's files are here already, its compressed form is not: the tar in it must be the
    /// same.
    void fetch_and_check(const LayerJob& job, const Progress::Task& task) {
        debug("layer {}: unpacked already, downloading its compressed form",
              short_digest(job.descriptor.digest));
        BlobFile blob(job.blob);
        Hasher hasher(job.diff_id.algorithm());
        layer::Inflater inflater([&](std::string_view plain) { hasher.update(plain); });
        fetch_(job.descriptor, [&](std::string_view bytes) {
            stop_.check();
            blob.write(bytes);
            inflater.write(bytes);
            task.advance(static_cast<std::int64_t>(bytes.size()));
        });
        inflater.finish();
        if (const Digest found = hasher.finish(); found != job.diff_id)
            throw Error("its tar has the digest {} where the image's config says {}",
                        found.to_string(), job.diff_id.to_string());
    }

    const std::string& action_;
    const BlobFetcher& fetch_;
    std::vector<LayerJob>& jobs_;
    const StopSignals& stop_;
    Failure failure_;
    std::vector<Progress::Task> tasks_;
    std::atomic<std::size_t> next_ = 0;
};

}  // namespace

void fetch_layers(const std::string& action, const BlobFetcher& fetch, std::vector<LayerJob>& jobs,
                  Progress& progress, const StopSignals& stop) {
    LayerFetch(action, fetch, jobs, progress, stop).run();
}

}  // namespace mincs::marten
