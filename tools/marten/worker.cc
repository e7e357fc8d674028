// See worker.hh.
#include "tools/marten/worker.hh"

#include <unistd.h>

#include <cerrno>

namespace mincs::marten {
namespace {

bool is_full(int code) {
    return code == ENOSPC || code == EDQUOT;
}

/// What may help against a failed system call; empty: nothing is known.
const char* hint_for(int code) {
    if (is_full(code)) return "'marten rmi IMAGE' makes room";
    if (code == EPERM && geteuid() != 0) return "unpacking a layer with its owners needs root";
    return "";
}

}  // namespace

Error in_context(std::string_view context) {
    try {
        throw;
    } catch (const SysError& error) {
        Error described("{}: {}", context, error.what());
        described.with_hint(error.hint().empty() ? hint_for(error.code()) : error.hint());
        return described;
    } catch (const Error& error) {
        Error described("{}: {}", context, error.what());
        described.with_hint(error.hint());
        return described;
    } catch (const std::exception& error) {
        return Error("{}: {}", context, error.what());
    }
}

void Failure::capture(std::string_view context) noexcept {
    const std::lock_guard lock(mutex_);
    if (!first_) {
        try {
            first_ = std::make_exception_ptr(in_context(context));
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
