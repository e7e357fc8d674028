// See io_weight.hh.
#include "libcore/container/io_weight.hh"

#include <algorithm>

#include "libcore/base/files.hh"

namespace mincs::container {
namespace {

namespace stdfs = std::filesystem;

bool has_bfq(const stdfs::directory_entry& disk) {
    const auto schedulers = read_file_if_exists(disk.path() / "queue/scheduler");
    return schedulers && schedulers->find("[bfq]") != std::string::npos;
}

bool some_disk_has_bfq() {
    std::error_code none;
    const stdfs::directory_iterator disks("/sys/block", none);
    return std::any_of(begin(disks), end(disks), has_bfq);
}

bool has_cost_model(const CgroupHierarchy& hierarchy) {
    const auto model = read_file_if_exists(hierarchy.mount_point + "/io.cost.qos");
    return hierarchy.v2 && model && model->find("enable=1") != std::string::npos;
}

}  // namespace

CgroupSetting io_weight_setting(std::int64_t weight, const CgroupHierarchy& hierarchy) {
    if (some_disk_has_bfq())
        return {"blkio", hierarchy.v2 ? "io.bfq.weight" : "blkio.bfq.weight",
                std::to_string(weight)};
    // As other runtimes map docker's 10…1000 to 1…10000.
    if (has_cost_model(hierarchy))
        return {"blkio", "io.weight", std::to_string(1 + (weight - 10) * 9999 / 990)};
    throw Error("setting a weight for disks: no disk here is divided by weights")
        .with_hint("'echo bfq >/sys/block/DISK/queue/scheduler' makes one so");
}

}  // namespace mincs::container
