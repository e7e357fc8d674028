// See copy.hh.
#include "libimage/copy.hh"

#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "libimage/documents.hh"

namespace mincs::image {
namespace {

bool is_index(const Document& document, std::string_view what) {
    return registry::is_index(document.media_type, document.raw, what);
}

/// What belongs to an image: its documents, those that are referred to first, and its blobs.
class Parts {
 public:
    Parts(Source& source, const Document& root) : source_(source) { collect(root, 0); }
    const std::vector<Document>& documents() const { return documents_; }
    const std::vector<Descriptor>& blobs() const { return blobs_; }

 private:
    void collect(const Document& document, int depth) {
        const std::string& what = source_.name();
        seen_.insert(document.digest);
        document_bytes_ += document.raw.size();
        if (depth > kMaxIndexDepth || seen_.size() > kMaxDocuments ||
            document_bytes_ > kMaxDocumentBytes)
            throw Error("{}: indexes nested too deep, or too many", what);
        if (is_index(document, what)) {
            for (const Descriptor& child : registry::parse_index(document.raw, what).manifests)
                if (!seen_.contains(child.digest))
                    collect(source_.fetch_document(child), depth + 1);
        } else {
            for (const Descriptor& blob : registry::blobs_of_manifest(document.raw, what))
                if (seen_blobs_.insert(blob.digest).second) blobs_.push_back(blob);
        }
        documents_.push_back(document);
    }

    Source& source_;
    std::set<Digest> seen_, seen_blobs_;
    std::size_t document_bytes_ = 0;
    std::vector<Document> documents_;
    std::vector<Descriptor> blobs_;
};

const char* word_for(BlobOutcome outcome) {
    switch (outcome) {
        case BlobOutcome::kCopied:
            return "done";
        case BlobOutcome::kMounted:
            return "mounted";
        case BlobOutcome::kWasThere:
            return "already there";
        case BlobOutcome::kLeftOut:
            break;
    }
    return "may not be distributed, left out";
}

/// A source whose blobs tell how far they are and stop where the work is to stop.
class WatchedSource : public Source {
 public:
    WatchedSource(Source& source, const Progress::Task& task, const std::function<void()>& check)
        : source_(source), task_(task), check_(check) {}
    const std::string& name() const override { return source_.name(); }
    std::vector<OfferedImage> images() override { return source_.images(); }
    Document fetch_document(const Descriptor& descriptor) override {
        return source_.fetch_document(descriptor);
    }
    void fetch_blob(const Descriptor& descriptor, const BlobSink& sink) override {
        source_.fetch_blob(descriptor, [&](std::string_view piece) {
            check_();
            sink(piece);
            task_.advance(static_cast<std::int64_t>(piece.size()));
        });
    }

 private:
    Source& source_;
    const Progress::Task& task_;
    const std::function<void()>& check_;
};

/// Copying a set of blobs; lives as long as its threads.
class BlobCopy {
 public:
    BlobCopy(Source& source, Target& target, const std::vector<Descriptor>& blobs,
             const CopyOptions& options, Progress& progress)
        : source_(source), target_(target), blobs_(blobs), options_(options), progress_(progress) {}

    void run() {
        const std::size_t workers = std::min(target_.blobs_at_once(), blobs_.size());
        {
            // This thread is one of them.
            std::vector<std::jthread> threads;
            for (std::size_t i = 1; i < workers; ++i) threads.emplace_back([this] { work(); });
            work();
        }
        if (failure_) std::rethrow_exception(failure_);
        check();
    }

 private:
    void check() const {
        if (failed_ || (options_.cancelled && *options_.cancelled))
            throw Error("copying {}: stopped", source_.name());
    }

    /// A thread's life: the next blob, until there is none or something failed.
    void work() noexcept {
        while (!failed_) {
            const std::size_t index = next_++;
            if (index >= blobs_.size()) return;
            try {
                copy(blobs_[index]);
            } catch (...) {
                const std::lock_guard lock(mutex_);
                if (!failure_) failure_ = std::current_exception();
                failed_ = true;
            }
        }
    }

    void copy(const Descriptor& blob) {
        const std::function<void()> may_go_on = [this] { check(); };
        may_go_on();
        const Progress::Task task = progress_.start(blob.digest.short_hex(), blob.size);
        WatchedSource watched(source_, task, may_go_on);
        const BlobOutcome outcome = target_.put_blob(watched, blob);
        debug("blob {}: {}", blob.digest.to_string(), word_for(outcome));
        if (outcome != BlobOutcome::kCopied) task.advance(blob.size);
        task.finish(word_for(outcome));
    }

    Source& source_;
    Target& target_;
    const std::vector<Descriptor>& blobs_;
    const CopyOptions& options_;
    Progress& progress_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> failed_ = false;
    std::mutex mutex_;  ///< for `failure_`
    std::exception_ptr failure_;
};

}  // namespace

Document choose_image(Source& source, Document document, const registry::Platform& platform) {
    const std::string& what = source.name();
    for (int depth = 0; is_index(document, what); ++depth) {
        if (depth == kMaxIndexDepth)
            throw Error("{}: indexes nested deeper than {}", what, kMaxIndexDepth);
        const registry::Index index = registry::parse_index(document.raw, what);
        document = source.fetch_document(registry::choose_platform(index, platform, what));
    }
    return document;
}

Digest copy_image(Source& source, Target& target, const OfferedImage& image,
                  const std::vector<std::string>& names, const CopyOptions& options,
                  Progress& progress) {
    Document root = image.document;
    if (options.platform || !target.takes_indexes())
        root = choose_image(source, std::move(root),
                            options.platform.value_or(registry::Platform::host()));
    const Parts parts(source, root);
    debug("copying {} to {}: {} documents, {} blobs", source.name(), target.name(),
          parts.documents().size(), parts.blobs().size());
    BlobCopy(source, target, parts.blobs(), options, progress).run();
    for (const Document& document : parts.documents()) {
        const bool is_root = document.digest == root.digest;
        target.put_document(document, is_root ? names : std::vector<std::string>(), is_root);
    }
    return root.digest;
}

}  // namespace mincs::image
