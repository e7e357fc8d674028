// The proof that nothing is missing: every traced run is repeated in a root made of the packed
// files alone, with the same input, under the same tracer. Its exit status and its look-ups,
// successful and failed ones, must be those of the first run. What differs and is there in the
// whole root is added, and all is tried again; what differs also between two runs in the whole root
// is no matter of the packing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/polecat/collector.hh"
#include "tools/polecat/session.hh"

namespace mincs::polecat {

struct ProvenRun {
    std::vector<std::string> command;
    enum class Result {
        kHolds,
        kDiffers,
        kImpossible,  ///< it cannot be given the same input
    } result = Result::kHolds;
    std::string why;                       ///< kImpossible
    std::vector<std::string> differences;  ///< kDiffers, for people
};

struct Proof {
    std::vector<ProvenRun> runs;
    std::vector<std::string> added;  ///< paths that the first packing missed
    int rounds = 0;

    bool holds() const;
    /// One line for people.
    std::string summary() const;
};

/// Packs what the collector has now; a squashfs image.
using PackImage = std::function<Fd()>;

/// `image` is the packed image; where files are added, a new one is put into its place.
Proof prove(Session& session, const std::vector<RecordedRun>& runs, Collector& collector,
            const PackImage& pack, Fd& image);

}  // namespace mincs::polecat
