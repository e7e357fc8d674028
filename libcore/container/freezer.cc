// See freezer.hh.
#include "libcore/container/freezer.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "libcore/base/files.hh"
#include "libcore/container/processes.hh"
#include "libcore/fs/mount.hh"

namespace mincs::container {
namespace {

constexpr useconds_t kPauseMicroseconds = 1000;
constexpr int kTries = 5000;

std::string read_control_file(const std::string& path) {
    return read_file_if_exists(path).value_or("");
}

void write_control_file(const std::string& path, const std::string& value) {
    const Fd file(check(open(path.c_str(), O_WRONLY | O_CLOEXEC), "opening '{}'", path));
    check(write(file.get(), value.data(), value.size()), "writing '{}' to '{}'", value, path);
}

bool has_option(const fs::MountInfo& mount, std::string_view option) {
    return fmt::format(",{},", mount.super_options).find(fmt::format(",{},", option)) !=
           std::string::npos;
}

std::set<pid_t> members(const std::string& group) {
    std::set<pid_t> pids;
    const std::string text = read_control_file(group + "/cgroup.procs");
    const char* at = text.data();
    const char* end = at + text.size();
    for (pid_t pid = 0; at < end; ++at) {
        const auto [next, code] = std::from_chars(at, end, pid);
        if (code != std::errc()) break;
        pids.insert(pid);
        at = next;
    }
    return pids;
}

/// False where it has ended meanwhile.
bool move_process(pid_t pid, const std::string& group) {
    const Fd file(open((group + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    const std::string text = std::to_string(pid);
    if (file && write(file.get(), text.data(), text.size()) >= 0) return true;
    if (errno == ESRCH) return false;
    throw SysError(errno, "moving the process {} to '{}'", pid, group);
}

void make_directory(const std::string& path) {
    if (mkdir(path.c_str(), 0755) == -1 && errno != EEXIST)
        throw SysError(errno, "creating the control group '{}'", path);
}

}  // namespace

Freezer::Freezer(std::string container_id) {
    // Once a process: `marten lc` asks for each of a thousand containers.
    static const auto mounts = fs::read_mountinfo();
    const auto v1 = std::find_if(mounts.begin(), mounts.end(), [](const fs::MountInfo& mount) {
        return mount.type == "cgroup" && has_option(mount, "freezer");
    });
    const auto v2 = std::find_if(mounts.begin(), mounts.end(), [](const fs::MountInfo& mount) {
        return mount.type == "cgroup2";
    });
    if (v1 == mounts.end() && v2 == mounts.end())
        throw Error("no mounted control group hierarchy can freeze");
    is_v2_ = v1 == mounts.end();
    mount_point_ = is_v2_ ? v2->mount_point : v1->mount_point;
    directory_ = mount_point_ + "/mincs/" + container_id;
    is_lasting_ = is_v2_ && access(directory_.c_str(), F_OK) == 0;
    if (!is_lasting_) directory_ += "-paused";
}

bool Freezer::is_frozen() const {
    if (is_v2_) return read_control_file(directory_ + "/cgroup.freeze") == "1\n";
    const std::string state = read_control_file(directory_ + "/freezer.state");
    return !state.empty() && state != "THAWED\n";
}

void Freezer::set_state(bool frozen) const {
    if (is_v2_)
        write_control_file(directory_ + "/cgroup.freeze", frozen ? "1" : "0");
    else
        write_control_file(directory_ + "/freezer.state", frozen ? "FROZEN" : "THAWED");
}

void Freezer::freeze(pid_t init) const {
    if (!is_lasting_) {
        make_directory(mount_point_ + "/mincs");
        make_directory(directory_);
    }
    try {
        // First the state: who comes in stands still, and makes no more processes.
        set_state(true);
        if (!is_lasting_) move_all(init);
        wait_until_still();
    } catch (...) {
        thaw(0);
        throw;
    }
}

void Freezer::move_all(pid_t init) const {
    // A process that has ended and is not waited for can be moved, and is in no group's list.
    std::set<pid_t> moved;
    for (int tries = 0; tries < kTries; ++tries) {
        bool is_done = true;
        for (const pid_t pid : processes_of(init))
            if (moved.insert(pid).second && move_process(pid, directory_)) is_done = false;
        if (is_done) return;
    }
    throw Error("the container makes processes faster than they can be held");
}

void Freezer::wait_until_still() const {
    for (int tries = 0; tries < kTries; ++tries) {
        const bool is_still =
            is_v2_ ? read_control_file(directory_ + "/cgroup.events").find("frozen 1") !=
                         std::string::npos
                   : read_control_file(directory_ + "/freezer.state") == "FROZEN\n";
        if (is_still) return;
        usleep(kPauseMicroseconds);
    }
    throw Error("the container's processes do not stand still");
}

std::string Freezer::group_of(pid_t home) const {
    const std::string text = read_control_file(fmt::format("/proc/{}/cgroup", home));
    // "ID:CONTROLLERS:PATH" (cgroups(7)); v2 has no controllers there.
    const std::string_view wanted = is_v2_ ? "::" : ":freezer:";
    std::size_t at = text.find(wanted);
    if (at == std::string::npos) return mount_point_;
    at += wanted.size();
    const std::string path = mount_point_ + text.substr(at, text.find('\n', at) - at);
    return access(path.c_str(), F_OK) == 0 ? path : mount_point_;
}

void Freezer::thaw(pid_t home) const {
    if (access(directory_.c_str(), F_OK) == -1) return;
    set_state(false);
    if (is_lasting_) return;
    const std::string group = group_of(home);
    // Until nobody is left in it: those that make processes meanwhile, those that are ending.
    for (int tries = 0; tries < kTries; ++tries) {
        for (const pid_t pid : members(directory_)) move_process(pid, group);
        if (rmdir(directory_.c_str()) == 0 || errno == ENOENT) break;
        usleep(kPauseMicroseconds);
    }
    rmdir((mount_point_ + "/mincs").c_str());  // with the last container
}

bool is_paused(const std::string& container_id) {
    try {
        return Freezer(container_id).is_frozen();
    } catch (const Error&) {
        return false;
    }
}

}  // namespace mincs::container
