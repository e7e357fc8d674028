// See packages.hh.
#include "tools/ermine-breeder/packages.hh"

#include <charconv>
#include <sstream>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libermine/kit.hh"
#include "tools/ermine-breeder/job.hh"

namespace mincs::breeder {
namespace {

namespace stdfs = std::filesystem;

constexpr std::chrono::seconds kLongestDownload{3600}, kLongestUnpack{1200};

/// Bytes of all files below; they come and go while apt works.
std::int64_t bytes_below(const stdfs::path& directory) {
    std::int64_t bytes = 0;
    std::error_code gone;
    for (stdfs::recursive_directory_iterator at(directory, gone), end; !gone && at != end;
         at.increment(gone)) {
        std::error_code skipped;
        if (at->is_regular_file(skipped))
            bytes += static_cast<std::int64_t>(at->file_size(skipped));
    }
    return bytes;
}

/// The one .deb that apt left there.
stdfs::path package_file(const stdfs::path& directory, const std::string& name) {
    for (const auto& entry : stdfs::directory_iterator(directory))
        if (entry.path().extension() == ".deb") return entry.path();
    throw Error("apt-get fetched no file of the package '{}'", name);
}

}  // namespace

std::string debian_architecture(const std::string& arch) {
    const std::string machine = arch == "um" ? ermine::own_architecture() : arch;
    return machine == "x86_64" ? "amd64" : machine;
}

std::optional<Package> parse_package(const std::string& text) {
    Package package;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line) && !line.empty();) {
        const auto value = [&](std::string_view key) {
            return line.starts_with(key) ? line.substr(key.size()) : "";
        };
        if (const std::string name = value("Package: "); !name.empty()) package.name = name;
        if (const std::string version = value("Version: "); !version.empty())
            package.version = version;
        if (const std::string depends = value("Depends: "); !depends.empty())
            package.depends = depends;
        if (const std::string size = value("Size: "); !size.empty())
            std::from_chars(size.data(), size.data() + size.size(), package.size);
    }
    if (package.name.empty() || package.version.empty()) return std::nullopt;
    return package;
}

std::string dependency(const std::string& depends, const std::string& prefix) {
    std::istringstream words(depends);
    for (std::string word; words >> word;)
        if (word.starts_with(prefix)) return word.substr(0, word.find_first_of(",("));
    return "";
}

Packages::Packages(const std::string& arch, stdfs::path scratch, Progress& progress)
    : debian_arch_(debian_architecture(arch)), scratch_(std::move(scratch)), progress_(progress) {
    if (debian_arch_ != debian_architecture(ermine::own_architecture())) make_own_lists();
}

Package Packages::find(const std::string& name) {
    auto package = show(name);
    // A machine whose lists were never fetched, or were deleted to make an image small.
    if (!package && !own_lists_) {
        make_own_lists();
        package = show(name);
    }
    if (package) return *package;
    throw Error("the package archives know no '{}' for {}", name, debian_arch_)
        .with_hint("it is looked for where /etc/apt/sources.list.d says");
}

Package Packages::find_behind(const std::string& name, const std::string& prefix) {
    const Package pointer = find(name);
    const std::string behind = dependency(pointer.depends, prefix);
    if (behind.empty())
        throw Error("the package '{}' depends on no '{}…': '{}'", name, prefix,
                    printable(pointer.depends));
    return find(behind);
}

void Packages::fetch(const Package& package, const stdfs::path& directory) {
    const stdfs::path download = directory.string() + ".download";
    make_directories(download);
    const Progress::Task task = progress_.start(package.name, package.size);
    std::int64_t seen = 0;
    Job job{.argv = command("apt-get"), .directory = download, .timeout = kLongestDownload};
    job.argv.insert(job.argv.end(), {"download", package.name + "=" + package.version});
    job.on_tick = [&] {
        const std::int64_t now = bytes_below(download);
        if (now > seen) task.advance(now - std::exchange(seen, now));
        return false;
    };
    run_job_or_throw(job, fmt::format("fetching '{}'", package.name));
    job.on_tick();
    const stdfs::path file = package_file(download, package.name);
    run_job_or_throw(
        {.argv = {"dpkg-deb", "--extract", file, directory}, .timeout = kLongestUnpack},
        fmt::format("unpacking '{}'", package.name));
    remove_tree(download);
    task.finish(package.version);
}

std::optional<Package> Packages::show(const std::string& name) const {
    std::vector<std::string> argv = command("apt-cache");
    argv.insert(argv.end(), {"show", "--no-all-versions", name});
    return parse_package(run_command(argv, "", std::chrono::minutes(2)).output);
}

std::vector<std::string> Packages::command(const char* program) const {
    // As root, apt would fetch as a user of its own, who has no right to our directory. What is
    // fetched is checked all the same.
    std::vector<std::string> argv = {program, "--quiet", "--option=APT::Sandbox::User=root"};
    if (!own_lists_) return argv;
    const std::string own = scratch_;
    argv.insert(
        argv.end(),
        {"--option=APT::Architecture=" + debian_arch_,
         "--option=APT::Architectures=" + debian_arch_, "--option=Dir::State=" + own + "/state",
         "--option=Dir::State::status=" + own + "/status", "--option=Dir::Cache=" + own + "/cache",
         "--option=Dir::Log=" + own + "/log", "--option=Acquire::Languages=none"});
    return argv;
}

void Packages::make_own_lists() {
    own_lists_ = true;
    for (const char* folder : {"state/lists/partial", "cache/archives/partial", "log"})
        make_directories(scratch_ / folder);
    replace_file(scratch_ / "status", "");
    const Progress::Task task = progress_.start("package lists", 0);
    Job job{.argv = command("apt-get"), .timeout = kLongestDownload};
    job.argv.push_back("update");
    run_job_or_throw(job, fmt::format("fetching the package lists for {}", debian_arch_));
    task.advance(bytes_below(scratch_ / "state/lists"));
    task.finish(debian_arch_);
}

}  // namespace mincs::breeder
