// Where an archive that cannot be read in place is laid out: a file without a name in the store's
// staging, which goes with the process, however that ends.
#pragma once

#include <memory>
#include <optional>

#include "libcore/base/progress.hh"
#include "libimage/archive.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

class Spool {
 public:
    /// Both outlive it. The store is opened only where a spool is needed.
    Spool(Progress& progress, const StopSignals& stop) : progress_(progress), stop_(stop) {}
    image::ArchiveOptions archive_options() const;
    Fd make() const;

 private:
    Progress& progress_;
    const StopSignals& stop_;
};

}  // namespace mincs::marten
