// Where an archive that cannot be read in place is laid out: a file without a name in the store's
// staging, which goes with the process, however that ends.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libcore/base/progress.hh"
#include "libimage/archive.hh"
#include "tools/marten/space_budget.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

class Spool {
 public:
    /// `action` begins errors. The others outlive it. The store is opened only where a spool is
    /// needed.
    Spool(std::string action, Progress& progress, const StopSignals& stop)
        : action_(std::move(action)), progress_(progress), stop_(stop) {}
    image::ArchiveOptions archive_options() const;

 private:
    Fd make(std::optional<SpaceBudget>& budget) const;
    std::string action_;
    Progress& progress_;
    const StopSignals& stop_;
};

}  // namespace mincs::marten
