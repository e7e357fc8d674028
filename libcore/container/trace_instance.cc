// See trace_instance.hh. The host's mount of tracefs is used, not a detached one of our own, as a
// script that runs in there wants to know where it is.
#include "libcore/container/trace_instance.hh"

#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {
namespace {

constexpr std::string_view kPrefix = "mincs-";

Fd open_instances() {
    for (const fs::MountInfo& mount : fs::read_mountinfo()) {
        if (mount.type != "tracefs" || mount.root != "/") continue;
        const std::string path = mount.mount_point + "/instances";
        return Fd(check(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                        printable(path)));
    }
    throw Error("tracing: no tracefs is mounted")
        .with_hint("'mount -t tracefs tracefs /sys/kernel/tracing' mounts it");
}

void write_to_file(int directory, const char* file, const std::string& text) {
    const Fd fd(
        check(openat(directory, file, O_WRONLY | O_CLOEXEC), "opening tracing's '{}'", file));
    check(write(fd.get(), text.data(), text.size()), "writing '{}' to tracing's '{}'", text, file);
}

/// What a kernel without the function tracer has not, or one that forbids it.
void write_if_allowed(int directory, const char* file, const std::string& text) {
    try {
        write_to_file(directory, file, text);
    } catch (const SysError& error) {
        if (error.code() != ENOENT && error.code() != EPERM) throw;
        debug("{}, ignoring: functions are not traced here", error.what());
    }
}

}  // namespace

TraceInstance::TraceInstance(const std::string& container_id)
    : instances_(open_instances()), name_(std::string(kPrefix) + container_id) {
    check(mkdirat(instances_.get(), name_.c_str(), 0700), "making the tracing instance '{}'",
          name_);
    try {
        directory_ =
            Fd(check(openat(instances_.get(), name_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                     "opening the tracing instance '{}'", name_));
    } catch (...) {
        unlinkat(instances_.get(), name_.c_str(), AT_REMOVEDIR);
        throw;
    }
}

TraceInstance::~TraceInstance() {
    if (!directory_) return;  // moved from
    directory_.reset();
    unlinkat(instances_.get(), name_.c_str(), AT_REMOVEDIR);  // else gc's
}

void TraceInstance::follow(pid_t pid) const {
    const std::string number = std::to_string(pid);
    write_to_file(directory(), "set_event_pid", number);
    write_to_file(directory(), "options/event-fork", "1");
    write_if_allowed(directory(), "set_ftrace_pid", number);
    write_if_allowed(directory(), "options/function-fork", "1");
}

void TraceInstance::write_to(int output, std::string_view what) const {
    write_to_file(directory(), "tracing_on", "0");
    const Fd trace(check(openat(directory(), "trace", O_RDONLY | O_CLOEXEC), "opening the trace"));
    std::array<char, 65536> buffer;
    while (const ssize_t got =
               check(read(trace.get(), buffer.data(), buffer.size()), "reading the trace"))
        write_all(output, {buffer.data(), static_cast<std::size_t>(got)}, what);
}

std::vector<std::string> TraceInstance::containers() {
    std::vector<std::string> ids;
    try {
        const Fd instances = open_instances();
        for (const auto& entry :
             std::filesystem::directory_iterator(fs::proc_path(instances.get()))) {
            const std::string name = entry.path().filename();
            if (name.starts_with(kPrefix)) ids.push_back(name.substr(kPrefix.size()));
        }
    } catch (const std::exception&) {
        // No tracing, or not for us: then none is ours.
    }
    return ids;
}

void TraceInstance::remove_left(const std::string& container_id) {
    const Fd instances = open_instances();
    unlinkat(instances.get(), (std::string(kPrefix) + container_id).c_str(), AT_REMOVEDIR);
}

}  // namespace mincs::container
