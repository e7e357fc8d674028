// An error about many things at once, each of which a person wants to see by name.
#pragma once

#include <string>
#include <vector>

#include "libcore/base/error.hh"

namespace mincs {

/// run_tool() prints the details between the error and its hint, a line each; whoever makes them
/// makes them printable, and bounds their number.
class DetailedError : public Error {
 public:
    DetailedError(Error error, std::vector<std::string> details)
        : Error(std::move(error)), details_(std::move(details)) {}
    const std::vector<std::string>& details() const { return details_; }

 private:
    std::vector<std::string> details_;
};

}  // namespace mincs
