// See pull_layers.hh.
#include "tools/marten/pull_layers.hh"

#include <sys/stat.h>

#include <atomic>

#include "libcore/base/log.hh"
#include "tools/marten/worker.hh"

namespace mincs::marten {
namespace {

constexpr std::size_t kLayersAtOnce = 3;  // as docker

/// Fetching a set of jobs; lives as long as its threads.
class LayerFetch {
 public:
    LayerFetch(const std::string& action, const BlobFetcher& fetch, std::vector<LayerJob>& jobs,
               Progress& progress, const StopSignals& stop)
        : action_(action), fetch_(fetch), jobs_(jobs), stop_(stop), failure_(stop) {
        for (const LayerJob& job : jobs)
            tasks_.push_back(
                progress.start(job.descriptor.digest.short_hex(), job.descriptor.size));
    }

    void run() {
        {
            std::vector<Worker> workers;
            for (std::size_t i = 0; i < std::min(kLayersAtOnce, jobs_.size()); ++i)
                workers.emplace_back([this] { work(); });
        }
        if (is_useless_)
            discard_blobs(jobs_);
        else
            discard_empty_blobs();
        failure_.rethrow();
        stop_.check();
    }

 private:
    void discard_empty_blobs() const {
        struct stat status;
        for (const LayerJob& job : jobs_)
            if (job.resumable && stat(job.blob.c_str(), &status) == 0 && status.st_size == 0 &&
                job.descriptor.size > 0)
                unlink(job.blob.c_str());
    }

    /// A thread's life: the next job, until there is none or something failed.
    void work() {
        while (!stop_.flag()) {
            const std::size_t index = next_++;
            if (index >= jobs_.size()) return;
            LayerJob& job = jobs_[index];
            try {
                fetch(job, tasks_[index]);
                if (!stop_.flag()) tasks_[index].finish("done");
            } catch (...) {
                failure_.capture(
                    fmt::format("{}: layer {}", action_, job.descriptor.digest.short_hex()));
            }
        }
    }

    void fetch(LayerJob& job, const Progress::Task& task) {
        if (job.stored_blob.empty())
            debug("layer {}: downloading {} bytes", job.descriptor.digest.short_hex(),
                  job.descriptor.size);
        auto failed = attempt(job, task, false);
        if (failed && failed->blame == Blame::kContent && failed->kept_bytes > 0) {
            debug("layer {}: what was here of it is not what it should be, fetching all of it",
                  job.descriptor.digest.short_hex());
            task.advance(-failed->done_bytes);
            if (job.limits.claim) job.limits.claim(-failed->claimed);
            failed = attempt(job, task, true);
        }
        if (!failed) return;
        if (failed->blame != Blame::kNobody) is_useless_ = true;
        std::rethrow_exception(failed->error);
    }

    std::optional<LayerAttempt::Failed> attempt(LayerJob& job, const Progress::Task& task,
                                                bool afresh) {
        return LayerAttempt(job, fetch_, stop_, [&](std::int64_t bytes) { task.advance(bytes); })
            .run(afresh);
    }

    const std::string& action_;
    const BlobFetcher& fetch_;
    std::vector<LayerJob>& jobs_;
    const StopSignals& stop_;
    Failure failure_;
    std::atomic<bool> is_useless_ = false;  ///< what was fetched is not worth keeping
    std::vector<Progress::Task> tasks_;
    std::atomic<std::size_t> next_ = 0;
};

}  // namespace

void fetch_layers(const std::string& action, const BlobFetcher& fetch, std::vector<LayerJob>& jobs,
                  Progress& progress, const StopSignals& stop) {
    LayerFetch(action, fetch, jobs, progress, stop).run();
}

void discard_blobs(const std::vector<LayerJob>& jobs) {
    for (const LayerJob& job : jobs)
        if (job.resumable) unlink(job.blob.c_str());
}

}  // namespace mincs::marten
