// See output.hh. Archives and directories are unpacked from the image by the runner's own reader,
// so that they hold just what a bundle would.
#include "tools/polecat/output.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "libcore/base/files.hh"
#include "libcore/fs/root_dir.hh"
#include "libcore/layer/gzip.hh"
#include "libcore/layer/layer_pack.hh"
#include "tools/polecat/embedded.hh"
#include "tools/polecat/runner/unpack.hh"

namespace mincs::polecat {
namespace {

std::uint64_t size_of(int file) {
    struct stat info;
    check(fstat(file, &info), "examining the squashfs image");
    return static_cast<std::uint64_t>(info.st_size);
}

std::uint64_t unpack_image(int image, const std::string& directory) {
    const Fd top(check(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                       printable(directory)));
    Squashfs reader(image, {0, size_of(image)});
    return unpack(reader, top.get(), geteuid() == 0).bytes;
}

/// Beside the output, whole or not at all.
class PendingOutput {
 public:
    explicit PendingOutput(const std::string& path) : path_(path), temporary_(path + ".XXXXXX") {
        fd_ = Fd(check(mkostemp(temporary_.data(), O_CLOEXEC), "creating '{}'", printable(path)));
    }
    PendingOutput(const PendingOutput&) = delete;
    PendingOutput& operator=(const PendingOutput&) = delete;
    ~PendingOutput() {
        if (!finished_) unlink(temporary_.c_str());
    }

    void append(std::string_view bytes) {
        write_all(fd_.get(), bytes, path_);
        size_ += bytes.size();
    }
    std::uint64_t finish() {
        const mode_t mask = umask(0);
        umask(mask);
        check(fchmod(fd_.get(), 0644 & ~mask), "setting the mode of '{}'", printable(path_));
        check(fsync(fd_.get()), "syncing '{}'", printable(path_));
        check(rename(temporary_.c_str(), path_.c_str()), "renaming '{}'", printable(temporary_));
        finished_ = true;
        return size_;
    }

 private:
    std::string path_;
    std::string temporary_;
    Fd fd_;
    std::uint64_t size_ = 0;
    bool finished_ = false;
};

std::uint64_t write_image(const std::string& path, int image) {
    PendingOutput out(path);
    std::string buffer(1u << 20, '\0');
    for (std::uint64_t at = 0, size = size_of(image); at < size;) {
        const ssize_t got =
            check(pread(image, buffer.data(), buffer.size(), static_cast<off_t>(at)),
                  "reading the squashfs image");
        if (got == 0) throw Error("reading the squashfs image: it became shorter");
        out.append(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
        at += static_cast<std::uint64_t>(got);
    }
    return out.finish();
}

std::uint64_t write_archive(const std::string& path, int image,
                            std::optional<std::int64_t> latest) {
    const std::string directory = std::filesystem::absolute(path).parent_path();
    const TempDir files(directory, ".polecat");
    unpack_image(image, files.path());
    PendingOutput out(path);
    layer::GzipWriter gzip([&](std::string_view bytes) { out.append(bytes); });
    layer::PackOptions options;
    options.is_plain = true;
    options.latest = latest;
    layer::write_layer_tar(
        fs::RootDir::open(files.path()), [&](std::string_view bytes) { gzip.write(bytes); },
        options);
    gzip.finish();
    return out.finish();
}

std::uint64_t write_directory(const std::string& path, int image) {
    std::string unfinished = path + ".XXXXXX";
    if (!mkdtemp(unfinished.data())) throw SysError(errno, "creating '{}'", printable(path));
    try {
        const std::uint64_t bytes = unpack_image(image, unfinished);
        check(rename(unfinished.c_str(), path.c_str()), "renaming '{}' to '{}'",
              printable(unfinished), printable(path));
        return bytes;
    } catch (...) {
        remove_tree(unfinished);
        throw;
    }
}

}  // namespace

Fd make_image_file(const std::string& output) {
    std::string name = output + ".image.XXXXXX";
    Fd fd(
        check(mkostemp(name.data(), O_CLOEXEC), "creating a file beside '{}'", printable(output)));
    check(unlink(name.c_str()), "removing '{}'", printable(name));
    return fd;
}

void check_output(const Options& options) {
    namespace stdfs = std::filesystem;
    const std::string& output = options.output;
    const bool wants_directory =
        options.action != Action::kTrace && options.format == BundleFormat::kDirectory;
    if (wants_directory && stdfs::exists(stdfs::symlink_status(output)))
        throw Error("writing '{}': it exists", printable(output));
    if (stdfs::is_directory(output))
        throw Error("writing '{}': it is a directory", printable(output));
    make_image_file(output);
}

StartBudget start_budget(const Options& options, const Metadata& metadata) {
    const std::uint64_t packed = embedded_runner(options.compression, false).size();
    const std::uint64_t plain = embedded_runner(options.compression, true).size();
    const bool is_script = options.format == BundleFormat::kShell;
    return {bundle_size_beside_image(options.format, is_script ? packed : plain, metadata),
            is_script ? plain - packed : 0};
}

std::uint64_t write_output(const Options& options, int image, const PackResult& packed,
                           const Metadata& metadata,
                           std::optional<std::int64_t> source_date_epoch) {
    switch (options.format) {
        case BundleFormat::kImage:
            return write_image(options.output, image);
        case BundleFormat::kArchive:
            return write_archive(options.output, image, source_date_epoch);
        case BundleFormat::kDirectory:
            return write_directory(options.output, image);
        default: {
            const bool has_plain_runner =
                options.fast || options.format == BundleFormat::kElf ||
                (packed.all_compressed > 0 &&
                 takes_plain_runner(start_budget(options, metadata), packed.all_compressed));
            return write_bundle(
                options.output,
                {options.format, embedded_runner(options.compression, has_plain_runner), image,
                 metadata});
        }
    }
}

}  // namespace mincs::polecat
