// See layer_attempt.hh. Two threads: this one brings the compressed bytes, the other unpacks from a
// bounded queue (and has a third inflate for it), so a slow disk slows the download, not memory.
//
//   kept bytes, then the source ──> digest of the blob ──> blob file, synced as it grows
//                                                      └─> ByteQueue ──> inflate ──> DiffID ──>
//                                                      directory
#include "tools/marten/layer_attempt.hh"

#include <sys/stat.h>

#include <vector>

#include "libcore/base/durable_writer.hh"
#include "libcore/base/log.hh"
#include "libcore/layer/inflate.hh"
#include "tools/marten/worker.hh"

namespace mincs::marten {
namespace {

constexpr std::size_t kReadSize = 1u << 20;
/// Compressed bytes that one layer's download may be ahead of its unpacking.
constexpr std::size_t kAhead = 2u << 20;

std::int64_t size_of(int fd, const std::filesystem::path& path) {
    struct stat status;
    check(fstat(fd, &status), "looking at '{}'", path.native());
    return status.st_size;
}

}  // namespace

/// The file a blob's bytes go to.
class LayerAttempt::BlobFile {
 public:
    BlobFile(const LayerJob& job, bool afresh)
        : path_(job.blob),
          fd_(check(open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | (job.resumable ? 0 : O_EXCL),
                         0600),
                    "creating '{}'", path_.native())) {
        kept_ = size_of(fd_.get(), path_);
        if (afresh || kept_ > job.descriptor.size) {
            check(ftruncate(fd_.get(), 0), "emptying '{}'", path_.native());
            kept_ = 0;
        }
        check(lseek(fd_.get(), kept_, SEEK_SET), "seeking in '{}'", path_.native());
        if (job.resumable) durable_.emplace(fd_.get(), path_);
    }

    int fd() const { return fd_.get(); }
    std::int64_t kept() const { return kept_; }
    void write(std::string_view bytes) {
        if (durable_)
            durable_->write(bytes);
        else
            write_all(fd_.get(), bytes, path_.native());
    }

 private:
    std::filesystem::path path_;
    Fd fd_;
    std::int64_t kept_ = 0;
    std::optional<DurableWriter> durable_;
};

std::optional<LayerAttempt::Failed> LayerAttempt::run(bool afresh) {
    try {
        if (job_.directory.empty())
            check_only(afresh);
        else
            unpack(afresh);
    } catch (...) {
        record(Blame::kHere);  // unless it was recorded where it happened
    }
    if (!first_) return std::nullopt;
    first_->kept_bytes = kept_;
    first_->done_bytes = done_;
    first_->claimed = claimed_;
    return first_;
}

void LayerAttempt::record(Blame blame) noexcept {
    const std::lock_guard lock(mutex_);
    if (first_) return;
    try {
        throw;
    } catch (const SysError&) {
        if (blame == Blame::kContent) blame = Blame::kHere;  // the disk refused what was in it
    } catch (...) {
    }
    if (stop_.flag()) blame = Blame::kNobody;
    first_ = Failed{blame, std::current_exception(), 0, 0, 0};
}

template <typename Action>
void LayerAttempt::blaming(Blame blame, const Action& action) {
    try {
        action();
    } catch (...) {
        record(blame);
        throw;
    }
}

void LayerAttempt::unpack(bool afresh) {
    remove_tree(job_.directory);
    check(mkdir(job_.directory.c_str(), 0755), "creating the directory '{}'",
          job_.directory.native());
    layer::ByteQueue queue(kAhead);
    const Worker unpacker([&] { unpack_from(queue); });
    // Whatever ends this function must wake the unpacker, which waits for bytes.
    try {
        run_with([&](std::string_view bytes) { queue.push(bytes); }, afresh);
        queue.close();
    } catch (const std::exception& error) {
        record(Blame::kHere);
        queue.fail(error.what());
    }
}

/// The unpacker's thread. Its failure is recorded before the queue tells the other of it.
void LayerAttempt::unpack_from(layer::ByteQueue& queue) noexcept {
    try {
        const fs::RootDir target(
            Fd(check(open(job_.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                     job_.directory.native())),
            "the layer");
        const layer::TarSource source = [&] {
            stop_.check();
            return queue.pull();
        };
        layer::ApplyLimits limits = job_.limits;
        limits.claim = [this](std::int64_t bytes) { claim(bytes); };
        job_.result = layer::apply_compressed_layer(source, target, job_.diff_id, limits);
    } catch (const std::exception& error) {
        record(Blame::kContent);
        queue.fail(error.what());
    }
}

void LayerAttempt::claim(std::int64_t bytes) {
    claimed_ += bytes;
    if (job_.limits.claim) job_.limits.claim(bytes);
}

/// The layer's files are here already, its compressed form is not: the tar in it must be the same.
void LayerAttempt::check_only(bool afresh) {
    debug("layer {}: unpacked already, its compressed form is missing",
          job_.descriptor.digest.short_hex());
    Hasher hasher(job_.diff_id.algorithm());
    layer::Inflater inflater([&](std::string_view plain) {
        claim(static_cast<std::int64_t>(plain.size()));
        hasher.update(plain);
    });
    run_with([&](std::string_view bytes) { inflater.write(bytes); }, afresh);
    blaming(Blame::kContent, [&] {
        inflater.finish();
        if (const Digest found = hasher.finish(); found != job_.diff_id)
            throw Error("its tar has the digest {} where the image's config says {}",
                        found.to_string(), job_.diff_id.to_string());
    });
}

void LayerAttempt::run_with(const registry::BlobSink& consume, bool afresh) {
    const registry::BlobSink take = [&](std::string_view bytes) {
        blaming(Blame::kNobody, [&] { stop_.check(); });
        blaming(Blame::kContent, [&] { consume(bytes); });
        done_ += static_cast<std::int64_t>(bytes.size());
        advance_(static_cast<std::int64_t>(bytes.size()));
    };
    job_.used_stored_blob = !job_.stored_blob.empty() && !afresh;
    if (job_.used_stored_blob)
        read_stored(take);
    else
        read_and_fetch(take, afresh);
}

void LayerAttempt::read_stored(const registry::BlobSink& consume) {
    debug("layer {}: its compressed form is here", job_.descriptor.digest.short_hex());
    const Fd fd(check(open(job_.stored_blob.c_str(), O_RDONLY | O_CLOEXEC), "opening '{}'",
                      job_.stored_blob.native()));
    Hasher hasher(job_.descriptor.digest.algorithm());
    kept_ = size_of(fd.get(), job_.stored_blob);
    read_back(fd.get(), kept_, job_.stored_blob, hasher, consume);
    if (hasher.finish() != job_.descriptor.digest)
        blaming(Blame::kContent,
                [&] { throw Error("'{}' is damaged", job_.stored_blob.native()); });
}

void LayerAttempt::read_and_fetch(const registry::BlobSink& consume, bool afresh) {
    BlobFile file(job_, afresh);
    kept_ = file.kept();
    Hasher hasher(job_.descriptor.digest.algorithm());
    if (kept_ > 0)
        debug("layer {}: {} of {} bytes were kept by an earlier pull, which are read again first",
              job_.descriptor.digest.short_hex(), kept_, job_.descriptor.size);
    read_back(file.fd(), kept_, job_.blob, hasher, consume);
    std::int64_t there = kept_;
    try {
        fetch_(job_.descriptor,
               [&](std::string_view bytes) {
                   blaming(Blame::kHere, [&] { file.write(bytes); });
                   there += static_cast<std::int64_t>(bytes.size());
                   consume(bytes);
               },
               {kept_, std::move(hasher)});
    } catch (...) {
        // With all bytes there only the digest can be wrong.
        record(there == job_.descriptor.size ? Blame::kContent : Blame::kNobody);
        throw;
    }
}

void LayerAttempt::read_back(int fd, std::int64_t size, const std::filesystem::path& path,
                             Hasher& hasher, const registry::BlobSink& consume) {
    std::vector<char> buffer(size > 0 ? kReadSize : 0);
    for (std::int64_t offset = 0; offset < size;) {
        const auto wanted = std::min<std::int64_t>(size - offset, kReadSize);
        const ssize_t got = pread(fd, buffer.data(), static_cast<std::size_t>(wanted), offset);
        if (got == -1 && errno == EINTR) continue;
        check(got, "reading '{}'", path.native());
        if (got == 0) throw Error("reading '{}': it has become shorter", path.native());
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        hasher.update(bytes);
        consume(bytes);
        offset += got;
    }
}

}  // namespace mincs::marten
