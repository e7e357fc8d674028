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

Freezer::Freezer(const std::string& container_id, pid_t init) : init_(init) {
    choose_base();
    directory_ = base_ + "/mincs/" + container_id;
    is_lasting_ = hierarchy_.v2 && access(directory_.c_str(), F_OK) == 0;
    if (!is_lasting_) directory_ += "-paused";
}

/// Root's is the freezer of v1, where there is one; else v2, where every group can be frozen. For a
/// user v2 comes first: in v1 he may move no process of another ID, not even of one lent to him.
void Freezer::choose_base() {
    // Once a process: `marten lc` asks for each of a thousand containers.
    static const auto hierarchies = [] {
        auto all = hierarchies_of(fs::read_mountinfo());
        std::erase_if(all, [](const CgroupHierarchy& each) {
            return !each.v2 && !has_word(each.controllers, "freezer", ",");
        });
        std::stable_partition(all.begin(), all.end(),
                              [](const CgroupHierarchy& each) { return !each.v2; });
        return all;
    }();
    if (hierarchies.empty()) throw Error("no mounted control group hierarchy can freeze");
    for (const CgroupHierarchy& hierarchy : hierarchies) {
        const auto base = base_of(hierarchy, init_);
        if (!base || (!base_.empty() && !hierarchy.v2)) continue;
        hierarchy_ = hierarchy;
        base_ = *base;
        if (base_ == hierarchy.mount_point) return;
    }
    if (base_.empty()) get_base(hierarchies.back(), init_);  // says why not
}

bool Freezer::is_frozen() const {
    if (hierarchy_.v2) return read_control_file(directory_ + "/cgroup.freeze") == "1\n";
    const std::string state = read_control_file(directory_ + "/freezer.state");
    return !state.empty() && state != "THAWED\n";
}

void Freezer::set_state(bool frozen) const {
    if (hierarchy_.v2)
        write_control_file(directory_ + "/cgroup.freeze", frozen ? "1" : "0");
    else
        write_control_file(directory_ + "/freezer.state", frozen ? "FROZEN" : "THAWED");
}

void Freezer::freeze() const {
    const std::string before = group_of(init_);
    if (!is_lasting_) {
        make_directory(base_ + "/mincs");
        make_directory(directory_);
    }
    try {
        // First the state: who comes in stands still, and makes no more processes.
        set_state(true);
        if (!is_lasting_) move_all();
        wait_until_still();
    } catch (...) {
        release_to(before);
        throw;
    }
}

void Freezer::move_all() const {
    // A process that has ended and is not waited for can be moved, and is in no group's list.
    std::set<pid_t> moved;
    for (int tries = 0; tries < kTries; ++tries) {
        bool is_done = true;
        for (const pid_t pid : processes_of(init_))
            if (moved.insert(pid).second && move_process(pid, directory_)) is_done = false;
        if (is_done) return;
    }
    throw Error("the container makes processes faster than they can be held");
}

void Freezer::wait_until_still() const {
    for (int tries = 0; tries < kTries; ++tries) {
        const bool is_still =
            hierarchy_.v2 ? read_control_file(directory_ + "/cgroup.events").find("frozen 1") !=
                                std::string::npos
                          : read_control_file(directory_ + "/freezer.state") == "FROZEN\n";
        if (is_still) return;
        usleep(kPauseMicroseconds);
    }
    throw Error("the container's processes do not stand still");
}

std::string Freezer::group_of(pid_t home) const {
    const auto text = read_control_file(fmt::format("/proc/{}/cgroup", home));
    const auto group = group_in(hierarchy_, text);
    return group && access(group->c_str(), F_OK) == 0 ? *group : place_for_processes(base_);
}

void Freezer::thaw(pid_t home) const {
    if (access(directory_.c_str(), F_OK) == 0) release_to(group_of(home));
}

void Freezer::release_to(const std::string& group) const {
    set_state(false);
    if (is_lasting_) return;
    // Until nobody is left in it: those that make processes meanwhile, those that are ending.
    for (int tries = 0; tries < kTries; ++tries) {
        for (const pid_t pid : members(directory_)) move_process(pid, group);
        if (rmdir(directory_.c_str()) == 0 || errno == ENOENT) break;
        usleep(kPauseMicroseconds);
    }
    rmdir((base_ + "/mincs").c_str());  // with the last container
}

bool is_paused(const std::string& container_id, pid_t init) {
    try {
        return Freezer(container_id, init).is_frozen();
    } catch (const Error&) {
        return false;
    }
}

}  // namespace mincs::container
