// What an action complains of.
#pragma once

#include <string>

#include "libcore/base/error.hh"

namespace mincs::test {

/// The message of the Error that `action` throws; "no error" where it throws none.
template <typename Action>
std::string error_of(const Action& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace mincs::test
