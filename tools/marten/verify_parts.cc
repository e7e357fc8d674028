// See verify_parts.hh.
#include "tools/marten/verify_parts.hh"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tools/marten/worker.hh"

namespace mincs::marten {
namespace {

constexpr std::size_t kPiece = 256u << 10;

/// One part's way: the blob streams by, is hashed, inflated, and compared with the directory.
class PartCheck {
 public:
    PartCheck(Part& part, const Progress::Task& task, const StopSignals& stop)
        : part_(part), stop_(stop), blob_(part.blob, stop, &task) {}

    void run() {
        const Fd directory(part_.key.empty() || part_.depends
                               ? -1
                               : open(part_.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (directory)
            compare(fs::RootDir(directory.duplicate(), "the layer"));
        else if (!part_.key.empty() && !part_.depends)
            part_.differences.push_back({"", "is missing"});
        part_.blob_damage = blob_.finish();
        // Compared with a damaged blob, all of the layer would look damaged.
        if (part_.blob_damage.empty()) return;
        part_.differences.clear();
        part_.not_a_layer.clear();
    }

 private:
    void compare(const fs::RootDir& directory) {
        const layer::TarSource source = [&] { return blob_.next(); };
        try {
            layer::LayerReport report = layer::verify_layer(source, part_.diff_id, directory);
            part_.differences = std::move(report.differences);
            part_.counted = report.counted;
        } catch (const SysError& error) {
            // It went meanwhile, or the disk has lost it. Anything else is no damage.
            if (error.code() != ENOENT && error.code() != EIO && error.code() != EUCLEAN) throw;
            part_.differences.push_back({"", error.what()});
        } catch (const Error& error) {
            stop_.check();
            part_.not_a_layer = error.what();
        }
    }

    Part& part_;
    const StopSignals& stop_;
    BlobReader blob_;
};

/// What a failure to read a blob says of it; rethrows what is no damage.
std::string damage_of(const SysError& error) {
    if (error.code() == ENOENT) return "is missing";
    if (error.code() == EIO) return error.what();
    throw error;
}

void check_part(Part& part, const Progress::Task& task, const StopSignals& stop) {
    if (part.blob.digest.empty()) {
        part.blob_damage = "is missing";
        return;
    }
    try {
        PartCheck(part, task, stop).run();
    } catch (const SysError& error) {
        part.blob_damage = damage_of(error);
    }
}

}  // namespace

BlobReader::BlobReader(const KeptBlob& blob, const StopSignals& stop, const Progress::Task* task)
    : blob_(blob),
      stop_(stop),
      task_(task),
      fd_(check(open(blob.path.c_str(), O_RDONLY | O_CLOEXEC), "opening '{}'", blob.path.native())),
      hasher_(blob.digest.algorithm()),
      buffer_(kPiece, '\0') {}

std::string_view BlobReader::next() {
    stop_.check();
    ssize_t got;
    do {
        got = read(fd_.get(), buffer_.data(), buffer_.size());
    } while (got < 0 && errno == EINTR);
    check(got, "reading '{}'", blob_.path.native());
    const std::string_view piece(buffer_.data(), static_cast<std::size_t>(got));
    hasher_.update(piece);
    size_ += got;
    if (task_) task_->advance(got);
    return piece;
}

std::string BlobReader::finish() {
    while (!next().empty()) {
    }
    const Digest found = hasher_.finish();
    if (size_ != blob_.size) return fmt::format("has {} bytes instead of {}", size_, blob_.size);
    if (found != blob_.digest) return fmt::format("has the digest {}", found.to_string());
    return "";
}

std::string damage_of_blob(const KeptBlob& blob, const StopSignals& stop) {
    try {
        return BlobReader(blob, stop).finish();
    } catch (const SysError& error) {
        return damage_of(error);
    }
}

std::optional<std::string> sound_bytes(const KeptBlob& blob, const StopSignals& stop) {
    try {
        BlobReader reader(blob, stop);
        std::string bytes;
        for (auto piece = reader.next(); !piece.empty(); piece = reader.next()) {
            bytes += piece;
            if (static_cast<std::int64_t>(bytes.size()) > blob.size) return std::nullopt;
        }
        if (!reader.finish().empty()) return std::nullopt;
        return bytes;
    } catch (const SysError& error) {
        damage_of(error);
        return std::nullopt;
    }
}

void check_parts(std::vector<Part>& parts, const Progress::Task& task, const StopSignals& stop) {
    Failure failure(stop);
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        while (!stop.flag()) {
            const std::size_t index = next++;
            if (index >= parts.size()) return;
            try {
                check_part(parts[index], task, stop);
            } catch (...) {
                failure.capture(fmt::format("verifying {}", parts[index].blob.digest.short_hex()));
            }
        }
    };
    {
        const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
        std::vector<Worker> workers;
        for (std::size_t i = 0; i < std::min(cores, parts.size()); ++i) workers.emplace_back(work);
    }
    failure.rethrow();
    stop.check();
}

}  // namespace mincs::marten
