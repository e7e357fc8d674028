// See kernel_source.hh.
#include "tools/ermine-breeder/kernel_source.hh"

#include <cctype>
#include <deque>

#include "libcore/base/detailed_error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/programs.hh"
#include "libermine/kit.hh"
#include "tools/ermine-breeder/job.hh"
#include "tools/ermine-breeder/kernel_config.hh"
#include "tools/ermine-breeder/kit_place.hh"

namespace mincs::breeder {
namespace {

namespace stdfs = std::filesystem;

constexpr std::size_t kLargestKernel = 256u << 20, kLogBytes = 256u << 10;
constexpr std::chrono::seconds kLongestStep{3600};

/// Lines that make prints for a kernel of ours ("  CC      lib/x.o"), for the bar; a few more or
/// less do no harm.
std::int64_t expected_lines(const std::string& arch) {
    return arch == "um" ? 1160 : 1800;
}

/// make with what is the same for every target. The image does not tell when, where and by whom it
/// was made.
std::vector<std::string> make_command(const KernelBuild& build) {
    std::vector<std::string> argv = {"make", "ARCH=" + build.arch, "KBUILD_BUILD_TIMESTAMP=@1",
                                     "KBUILD_BUILD_USER=ermine", "KBUILD_BUILD_HOST=ermine"};
    if (find_program("ccache")) argv.insert(argv.end(), {"CC=ccache gcc", "HOSTCC=ccache gcc"});
    return argv;
}

Job make_job(const KernelBuild& build, const std::vector<std::string>& targets) {
    Job job{.argv = make_command(build), .directory = build.tree, .timeout = kLongestStep};
    job.argv.insert(job.argv.end(), targets.begin(), targets.end());
    return job;
}

/// The end of a stream of lines, bounded.
class Tail {
 public:
    void add(std::string_view line) {
        lines_.emplace_back(line);
        bytes_ += line.size() + 1;
        for (; bytes_ > kLogBytes; lines_.pop_front()) bytes_ -= lines_.front().size() + 1;
    }
    std::string text() const { return fmt::format("{}\n", fmt::join(lines_, "\n")); }

 private:
    std::deque<std::string> lines_;
    std::size_t bytes_ = 0;
};

void strip(const stdfs::path& from, const stdfs::path& to) {
    run_job_or_throw({.argv = {"strip", "-o", to, from}, .timeout = kLongestStep},
                     "stripping the kernel");
}

}  // namespace

std::string with_register_bytes(const std::string& text) {
    const std::string_view before = "DEFINE_LONGS(HOST_FP_SIZE, ";
    for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
        at += before.size();
        std::size_t end = at;
        while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end]))) ++end;
        // The other one in the file, for 32 bits, is a sizeof.
        if (end == at || text.compare(end, 2, ");") != 0) continue;
        return text.substr(0, at) + std::to_string(kRegisterBytes) + text.substr(end);
    }
    return text;
}

stdfs::path unpack_source(const stdfs::path& package, const stdfs::path& parent,
                          Progress& progress) {
    stdfs::path archive;
    for (const auto& entry : stdfs::directory_iterator(package / "usr/src"))
        if (entry.path().filename().string().find(".tar.") != std::string::npos)
            archive = entry.path();
    if (archive.empty()) throw Error("the package of the kernel's source has no archive in it");
    const Progress::Task task = progress.start("unpacking", 0);
    make_directories(parent);
    run_job_or_throw({.argv = {"tar", "--extract", "--file", archive, "--strip-components=1"},
                      .directory = parent,
                      .timeout = kLongestStep},
                     "unpacking the kernel's source");
    task.advance(static_cast<std::int64_t>(stdfs::file_size(archive)));
    task.finish("done");
    return parent;
}

void configure(const KernelBuild& build) {
    const stdfs::path registers = build.tree / "arch/x86/um/user-offsets.c";
    if (const auto text = read_file_if_exists(registers); text && build.arch == "um")
        replace_file(registers, with_register_bytes(*text));
    run_job_or_throw(make_job(build, {"tinyconfig"}), "configuring the kernel");
    // Of two lines for one option the later one counts.
    const stdfs::path config = build.tree / ".config";
    replace_file(config, read_file(config) + build.fragment);
    run_job_or_throw(make_job(build, {"olddefconfig"}), "configuring the kernel");
    const auto missing = lines_not_taken(build.fragment, read_file(config));
    if (!missing.empty())
        throw DetailedError(Error("this kernel's rules take back lines of our configuration"),
                            missing);
}

void compile(const KernelBuild& build, Progress& progress) {
    const Progress::Task task =
        progress.start("compiling", expected_lines(build.arch), Progress::Unit::kPieces);
    std::vector<std::string> targets = {fmt::format("-j{}", build.jobs)};
    if (build.arch == "um")
        targets.push_back("linux");
    else
        targets.insert(targets.end(), {"vmlinux", "bzImage"});
    Tail tail;
    Job job = make_job(build, targets);
    job.timeout = std::chrono::hours(6);
    job.on_line = [&](std::string_view line) {
        tail.add(line);
        task.advance(1);
    };
    try {
        run_job_or_throw(job, "compiling the kernel",
                         fmt::format("more of what it said is in '{}'", build.log.string()));
    } catch (const Error&) {
        replace_file(build.log, tail.text());
        throw;
    }
    task.finish("done");
}

std::string collect(const KernelBuild& build, const stdfs::path& directory) {
    strip(build.tree / (build.arch == "um" ? "linux" : "vmlinux"), directory / ermine::kKernelFile);
    const stdfs::path bzimage = build.tree / "arch/x86/boot/bzImage";
    if (build.arch == "x86_64")
        replace_file(directory / kBzImageFile, read_file(bzimage, kLargestKernel));
    std::string version = read_file(build.tree / "include/config/kernel.release");
    while (version.ends_with('\n')) version.pop_back();
    return version;
}

}  // namespace mincs::breeder
