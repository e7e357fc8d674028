// See worker.hh.
#include "tools/marten/worker.hh"

#include <cerrno>

#include "libcore/base/error.hh"

namespace mincs::marten {
namespace {

bool is_full(int code) {
    return code == ENOSPC || code == EDQUOT;
}

/// The exception being handled, as one line of ours.
Error describe(std::string_view context) {
    try {
        throw;
    } catch (const SysError& error) {
        Error described("{}: {}", context, error.what());
        described.with_hint(is_full(error.code()) ? "'marten rmi IMAGE' makes room" : error.hint());
        return described;
    } catch (const Error& error) {
        Error described("{}: {}", context, error.what());
        described.with_hint(error.hint());
        return described;
    } catch (const std::exception& error) {
        return Error("{}: {}", context, error.what());
    }
}

}  // namespace

void Failure::capture(std::string_view context) noexcept {
    const std::lock_guard lock(mutex_);
    if (!first_) {
        try {
            first_ = std::make_exception_ptr(describe(context));
        } catch (...) {
            first_ = std::current_exception();  // no memory to describe it
        }
    }
    stop_.request();
}

void Failure::rethrow() const {
    const std::lock_guard lock(mutex_);
    if (first_) std::rethrow_exception(first_);
}

}  // namespace mincs::marten
