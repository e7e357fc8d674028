// What `minc doctor` asks of a machine: each thing is tried, in a process and in namespaces of its
// own, and nothing of it is left. Checks are plain functions that tell what they found; the order
// in which a person reads them is all_checks()'s.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace mincs::run::doctor {

enum class State { kOk, kLimited, kMissing };

struct Finding {
    std::string what;  ///< the thing: "user namespaces"
    State state = State::kOk;
    std::string meaning;        ///< what is so, and what that is good for or costs
    std::string remedy;         ///< empty: nothing is to be done
    bool is_essential = false;  ///< without it no container runs
};

/// The findings on this machine for who asks.
std::vector<Finding> all_checks();

/// Runs `body` in a new process: root in a mount namespace of his own, an ordinary user as root of
/// new user and mount namespaces. Empty where all went well, else what `body` threw.
std::string try_in_child(const std::function<void()>& body);
/// The same in the namespaces of the caller.
std::string try_as_caller(const std::function<void()>& body);

/// Each file's checks, in order.
std::vector<Finding> kernel_checks();
std::vector<Finding> user_checks();
std::vector<Finding> device_checks();
std::vector<Finding> network_checks();
std::vector<Finding> store_checks();

}  // namespace mincs::run::doctor
