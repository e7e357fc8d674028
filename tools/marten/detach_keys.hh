// ctrl-p ctrl-q, by which one leaves a container's terminal without ending anything.
#pragma once

#include <string>
#include <string_view>

namespace mincs::marten {

class DetachKeys {
 public:
    /// What of these typed bytes is the container's. A ctrl-p is held back until the next byte
    /// tells what it means.
    std::string filter(std::string_view typed);
    /// Both keys came; nothing behind them is anybody's.
    bool is_complete() const { return is_complete_; }

 private:
    bool is_begun_ = false;
    bool is_complete_ = false;
};

}  // namespace mincs::marten
