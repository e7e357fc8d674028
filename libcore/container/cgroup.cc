// See cgroup.hh. Groups are made at <base>/mincs/<container ID>.
#include "libcore/container/cgroup.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/units.hh"
#include "libcore/container/device_filter.hh"
#include "libcore/container/device_nodes.hh"
#include "libcore/container/io_weight.hh"

namespace mincs::container {
namespace {

/// Below the base; goes with the last container.
constexpr const char* kParent = "/mincs";

std::set<std::string> controllers_needed(const Resources& resources) {
    std::set<std::string> needed;
    if (resources.io_weight) needed.insert("blkio");
    if (resources.memory_limit || resources.memory_swap || resources.kernel_memory)
        needed.insert("memory");
    if (resources.cpu_shares || resources.cpu_quota) needed.insert("cpu");
    if (resources.pids_limit) needed.insert("pids");
    if (!resources.cpus.empty()) needed.insert("cpuset");
    if (resources.devices == Devices::kStandard) needed.insert(kDeviceController);
    return needed;
}

void write_control_file(const std::string& path, const std::string& value) {
    const Fd fd(
        check(open(path.c_str(), O_WRONLY | O_CLOEXEC), "setting a limit: opening '{}'", path));
    check(write(fd.get(), value.data(), value.size()), "setting a limit: writing '{}' to '{}'",
          value, path);
}

void make_group_directory(const std::string& path) {
    if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return;
    throw SysError(errno, "creating the control group '{}'", path);
}

/// A new v1 cpuset is empty and takes no process until it has CPUs and memory nodes; it begins with
/// its parent's.
void inherit_cpuset(const std::string& parent, const std::string& child) {
    for (const char* file : {"/cpuset.cpus", "/cpuset.mems"})
        if (read_file(child + file) == "\n")
            write_control_file(child + file, read_file(parent + file));
}

/// Docker's mapping of 2…262144 shares to a weight of 1…10000.
std::int64_t weight_of(std::int64_t shares) {
    return 1 + (shares - 2) * 9999 / 262142;
}

constexpr const char* kKernelMemory = "memory.kmem.limit_in_bytes";

[[noreturn]] void refuse_kernel_memory() {
    throw Error("setting a limit: this kernel has none for its own memory apart")
        .with_hint("'--mem-limit SIZE' counts the kernel's memory as well");
}

std::vector<CgroupSetting> memory_settings(const Resources& r, bool v2) {
    std::vector<CgroupSetting> settings;
    if (r.memory_limit)
        settings.push_back({"memory", v2 ? "memory.max" : "memory.limit_in_bytes",
                            std::to_string(*r.memory_limit)});
    if (r.memory_swap) {
        // v1 counts memory and swap together, v2 the swap alone.
        const std::int64_t value =
            v2 ? *r.memory_swap - r.memory_limit.value_or(0) : *r.memory_swap;
        settings.push_back({"memory", v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
                            std::to_string(value)});
    }
    if (r.kernel_memory && v2) refuse_kernel_memory();
    if (r.kernel_memory)
        settings.push_back({"memory", kKernelMemory, std::to_string(*r.kernel_memory)});
    return settings;
}

/// Newer kernels took the limit away, or take it and do nothing: then the file is not there, or
/// says something else afterwards (whole pages apart).
void check_kernel_memory(const std::string& directory, std::int64_t wanted) {
    const auto text = read_file_if_exists(directory + "/" + kKernelMemory);
    if (!text ||
        parse_number(text->substr(0, text->find('\n')), kKernelMemory, 0, INT64_MAX) > wanted)
        refuse_kernel_memory();
}

std::vector<CgroupSetting> cpu_settings(const Resources& r, bool v2) {
    std::vector<CgroupSetting> settings;
    if (r.cpu_shares)
        settings.push_back({"cpu", v2 ? "cpu.weight" : "cpu.shares",
                            std::to_string(v2 ? weight_of(*r.cpu_shares) : *r.cpu_shares)});
    if (!r.cpu_quota) return settings;
    const std::int64_t period = r.cpu_period.value_or(100000);
    if (v2) {
        settings.push_back({"cpu", "cpu.max", fmt::format("{} {}", *r.cpu_quota, period)});
    } else {
        settings.push_back({"cpu", "cpu.cfs_period_us", std::to_string(period)});
        settings.push_back({"cpu", "cpu.cfs_quota_us", std::to_string(*r.cpu_quota)});
    }
    return settings;
}

/// Nothing, and then the standard devices (cgroup-v1/devices.rst).
std::vector<CgroupSetting> device_settings() {
    std::vector<CgroupSetting> settings = {{"devices", "devices.deny", "a"}};
    const auto allow = [&](unsigned major, const std::string& minor) {
        settings.push_back({"devices", "devices.allow", fmt::format("c {}:{} rwm", major, minor)});
    };
    for (const DeviceNode& node : kDevices) allow(node.major, std::to_string(node.minor));
    allow(kPtmxMajor, std::to_string(kPtmxMinor));
    allow(kPtsMajor, "*");
    return settings;
}

std::vector<CgroupSetting> settings_of(const Resources& resources, const std::string& controller,
                                       const CgroupHierarchy& hierarchy) {
    if (controller == "blkio") return {io_weight_setting(*resources.io_weight, hierarchy)};
    return settings_for(resources, controller, hierarchy.v2);
}

}  // namespace

std::vector<CgroupSetting> settings_for(const Resources& resources, const std::string& controller,
                                        bool v2) {
    if (controller == "memory") return memory_settings(resources, v2);
    if (controller == "cpu") return cpu_settings(resources, v2);
    if (controller == kDeviceController) return device_settings();
    if (controller == "pids") return {{"pids", "pids.max", std::to_string(*resources.pids_limit)}};
    return {{"cpuset", "cpuset.cpus", resources.cpus}};
}

// By way of another constructor, so that what was made goes when a later step fails.
Cgroup::Cgroup(const Resources& resources, const std::string& container_id) : Cgroup() {
    std::set<std::string> needed = controllers_needed(resources);
    if (needed.empty()) return;
    const std::vector<fs::MountInfo> mounts = fs::read_mountinfo();
    if (resources.devices == Devices::kStandardInGroup) needed.insert(kDeviceController);
    for (const std::string& controller : needed) {
        const CgroupHierarchy hierarchy = find_hierarchy(mounts, controller, read_v2_controllers);
        add_group(hierarchy, controller, container_id);
        const std::string& directory = groups_.back().directory;
        if (controller == kDeviceController && hierarchy.v2) {
            filter_devices(directory);
            continue;
        }
        for (const CgroupSetting& setting : settings_of(resources, controller, hierarchy)) {
            debug("  limit: {} = {}", setting.file, setting.value);
            write_control_file(directory + "/" + setting.file, setting.value);
        }
        if (controller == "memory" && resources.kernel_memory)
            check_kernel_memory(directory, *resources.kernel_memory);
    }
}

void Cgroup::add_group(const CgroupHierarchy& hierarchy, const std::string& controller,
                       const std::string& container_id) {
    const std::string base = get_base(hierarchy);
    const std::string parent = base + kParent;
    const std::string directory = parent + "/" + container_id;
    make_group_directory(parent);
    if (hierarchy.v2 && controller != kDeviceController) {
        give_controller(base, controller);
        give_controller(parent, controller);
    } else if (!hierarchy.v2 && controller == "cpuset") {
        inherit_cpuset(base, parent);
    }
    make_group_directory(directory);
    groups_.push_back({directory, Fd()});
    if (!hierarchy.v2 && controller == "cpuset") inherit_cpuset(parent, directory);
    const std::string procs = directory + "/cgroup.procs";
    groups_.back().procs =
        Fd(check(open(procs.c_str(), O_WRONLY | O_CLOEXEC), "opening '{}'", procs));
}

std::vector<std::string> group_directories(const std::string& container_id, pid_t process) {
    std::vector<std::string> directories;
    for (const std::string& base : bases_for(process)) {
        std::string directory = base + kParent + "/" + container_id;
        if (access(directory.c_str(), F_OK) == 0) directories.push_back(std::move(directory));
    }
    return directories;
}

std::set<std::string> containers_with_groups() {
    std::set<std::string> ids;
    for (const std::string& base : bases_for(0)) {
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(base + kParent, none))
            if (entry.is_directory(none)) ids.insert(entry.path().filename());
    }
    return ids;
}

Cgroup Cgroup::of_running(const std::string& container_id, pid_t process) {
    Cgroup found;
    found.is_mine_ = false;
    for (const std::string& directory : group_directories(container_id, process)) {
        Fd procs(open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
        if (!procs && errno != ENOENT) throw SysError(errno, "opening '{}'", directory);
        if (procs) found.groups_.push_back({directory, std::move(procs)});
    }
    return found;
}

void Cgroup::remove_left(const std::string& container_id) {
    Cgroup left = of_running(container_id, 0);
    left.is_mine_ = true;
}

Cgroup::~Cgroup() {
    if (!is_mine_) return;
    for (const Group& group : groups_) {
        // The kernel lets go of the last process some moments after it was reaped.
        for (int attempt = 0; attempt < 100; ++attempt) {
            if (rmdir(group.directory.c_str()) == 0 || errno != EBUSY) break;
            usleep(1000);
        }
        // The common parent goes with the last container.
        rmdir(group.directory.substr(0, group.directory.rfind('/')).c_str());
    }
}

void Cgroup::join() const {
    for (const Group& group : groups_)
        check(write(group.procs.get(), "0", 1), "joining the control group '{}'", group.directory);
}

}  // namespace mincs::container
