// See check.hh.
#include "librun/doctor/check.hh"

#include <unistd.h>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/process.hh"
#include "libcore/container/user_namespace.hh"
#include "libcore/fs/mount.hh"

namespace mincs::run::doctor {

std::string try_as_caller(const std::function<void()>& body) {
    Pipe answer = Pipe::make();
    Child child = Child::clone(0, [&]() -> int {
        answer.read_end.reset();
        try {
            body();
            return 0;
        } catch (const std::exception& error) {
            write_all(answer.write_end.get(), error.what(), "the answer");
            return 1;
        }
    });
    answer.write_end.reset();
    std::string failure = read_all(answer.read_end.get(), kSmallFile, "a probe's answer");
    const int status = exit_code_of(child.wait());
    if (failure.empty() && status != 0) failure = fmt::format("it ended with status {}", status);
    return failure;
}

std::string try_in_child(const std::function<void()>& body) {
    return try_as_caller([&] {
        if (geteuid() == 0)
            check(unshare(CLONE_NEWNS), "making a mount namespace");
        else
            container::enter_user_namespace(0, 0);
        fs::make_all_mounts_private();
        body();
    });
}

std::vector<Finding> all_checks() {
    std::vector<Finding> findings;
    for (const auto& checks :
         {kernel_checks, user_checks, device_checks, network_checks, store_checks})
        for (Finding& finding : checks()) findings.push_back(std::move(finding));
    return findings;
}

}  // namespace mincs::run::doctor
