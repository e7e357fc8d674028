// See cgroup.hh. Groups are made at <hierarchy>/mincs/<container ID>.
#include "libcore/container/cgroup.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/units.hh"
#include "libcore/container/device_filter.hh"
#include "libcore/container/device_nodes.hh"
#include "libcore/container/io_weight.hh"

namespace mincs::container {
namespace {

bool has_word(std::string_view text, std::string_view word, std::string_view separators) {
    while (!text.empty()) {
        const std::size_t end = text.find_first_of(separators);
        if (text.substr(0, end) == word) return true;
        if (end == std::string_view::npos) return false;
        text.remove_prefix(end + 1);
    }
    return false;
}

/// In v2 it is no controller, but a program that every hierarchy takes (device_filter.hh).
constexpr const char* kDeviceController = "devices";

std::string read_v2_controllers(const std::string& mount_point) {
    return read_file_if_exists(mount_point + "/cgroup.controllers").value_or("");
}

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

/// Controllers are named as in v1 here.
std::string v2_name(const std::string& controller) {
    return controller == "blkio" ? "io" : controller;
}

void write_control_file(const std::string& path, const std::string& value) {
    const Fd fd(
        check(open(path.c_str(), O_WRONLY | O_CLOEXEC), "setting a limit: opening '{}'", path));
    check(write(fd.get(), value.data(), value.size()), "setting a limit: writing '{}' to '{}'",
          value, path);
}

void make_group_directory(const std::string& path) {
    if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return;
    SysError error(errno, "creating the control group '{}'", path);
    if (error.code() == EACCES || error.code() == EPERM)
        error.with_hint(
            "limits and pausing take a control group that root has handed over; root needs none");
    throw error;
}

/// A new v1 cpuset is empty and takes no process until it has CPUs and memory nodes; it begins with
/// its parent's.
void inherit_cpuset(const std::string& parent, const std::string& child) {
    for (const char* file : {"/cpuset.cpus", "/cpuset.mems"})
        if (read_file(child + file) == "\n")
            write_control_file(child + file, read_file(parent + file));
}

/// Gives the children of `parent` a controller (v2). The group must hold no processes itself, but
/// for the root.
void enable_v2_controller(const std::string& parent, const std::string& controller) {
    write_control_file(parent + "/cgroup.subtree_control", "+" + v2_name(controller));
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

CgroupHierarchy find_hierarchy(const std::vector<fs::MountInfo>& mounts,
                               const std::string& controller,
                               std::string (*v2_controllers)(const std::string&)) {
    for (const fs::MountInfo& mount : mounts)
        if (mount.type == "cgroup" && has_word(mount.super_options, controller, ","))
            return {mount.mount_point, false};
    for (const fs::MountInfo& mount : mounts)
        if (mount.type == "cgroup2" &&
            (controller == kDeviceController ||
             has_word(v2_controllers(mount.mount_point), v2_name(controller), " \n")))
            return {mount.mount_point, true};
    throw Error("setting a limit: no mounted control group hierarchy has the controller '{}'",
                controller);
}

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
    const std::string parent = hierarchy.mount_point + "/mincs";
    const std::string directory = parent + "/" + container_id;
    make_group_directory(parent);
    if (hierarchy.v2 && controller != kDeviceController) {
        enable_v2_controller(hierarchy.mount_point, controller);
        enable_v2_controller(parent, controller);
    } else if (!hierarchy.v2 && controller == "cpuset") {
        inherit_cpuset(hierarchy.mount_point, parent);
    }
    make_group_directory(directory);
    groups_.push_back({directory, Fd()});
    if (!hierarchy.v2 && controller == "cpuset") inherit_cpuset(parent, directory);
    const std::string procs = directory + "/cgroup.procs";
    groups_.back().procs =
        Fd(check(open(procs.c_str(), O_WRONLY | O_CLOEXEC), "opening '{}'", procs));
}

std::vector<std::string> group_directories(const std::string& container_id) {
    std::vector<std::string> directories;
    for (const fs::MountInfo& mount : fs::read_mountinfo()) {
        if (mount.type != "cgroup" && mount.type != "cgroup2") continue;
        std::string directory = mount.mount_point + "/mincs/" + container_id;
        if (access(directory.c_str(), F_OK) == 0) directories.push_back(std::move(directory));
    }
    return directories;
}

std::set<std::string> containers_with_groups() {
    std::set<std::string> ids;
    for (const fs::MountInfo& mount : fs::read_mountinfo()) {
        if (mount.type != "cgroup" && mount.type != "cgroup2") continue;
        std::error_code none;
        for (const auto& entry :
             std::filesystem::directory_iterator(mount.mount_point + "/mincs", none))
            if (entry.is_directory(none)) ids.insert(entry.path().filename());
    }
    return ids;
}

Cgroup Cgroup::of_running(const std::string& container_id) {
    Cgroup found;
    found.is_mine_ = false;
    for (const std::string& directory : group_directories(container_id)) {
        Fd procs(open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
        if (!procs && errno != ENOENT) throw SysError(errno, "opening '{}'", directory);
        if (procs) found.groups_.push_back({directory, std::move(procs)});
    }
    return found;
}

void Cgroup::remove_left(const std::string& container_id) {
    Cgroup left = of_running(container_id);
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
