// The one failure of a start that is the command's and not ours.
#pragma once

#include <string>

#include "libcore/base/error.hh"

namespace mincs::container {

/// The command was not found (exit code 127) or could not be executed (126), as in a shell.
class CommandError : public Error {
 public:
    CommandError(int exit_code, const std::string& message)
        : Error("{}", message), exit_code_(exit_code) {}
    int exit_code() const { return exit_code_; }

 private:
    int exit_code_;
};

}  // namespace mincs::container
