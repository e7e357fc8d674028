// The suite's one error system. A message is a sentence fragment in lower case that names what and
// why; SysError completes it with the errno text: "mounting the overlay on '/x': Permission
// denied". Only main (tool.hh), the child boundary (container/boot) and retry loops catch.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <utility>

namespace mincs {

/// Something failed; the message is one line, meant for a person.
class Error : public std::runtime_error {
 public:
    template <typename... Args>
    explicit Error(fmt::format_string<Args...> format, Args&&... args)
        : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}

    /// What the user can do about it; printed below the error as `hint: ...`. Empty: nothing is
    /// known.
    const std::string& hint() const { return hint_; }
    /// `throw Error("...").with_hint("...")`
    Error& with_hint(std::string hint) {
        hint_ = std::move(hint);
        return *this;
    }

 private:
    std::string hint_;
};

/// A system call failed: the message ends with the text of `code()`.
class SysError : public Error {
 public:
    template <typename... Args>
    explicit SysError(int code, fmt::format_string<Args...> format, Args&&... args)
        : Error("{}: {}", fmt::format(format, std::forward<Args>(args)...), errno_text(code)),
          code_(code) {}

    /// The errno value.
    int code() const { return code_; }
    /// As Error's, but what is thrown stays a SysError.
    SysError& with_hint(std::string hint) {
        Error::with_hint(std::move(hint));
        return *this;
    }

    static std::string errno_text(int code);

 private:
    int code_;
};

/// The command line is wrong: exit status 2.
class UsageError : public Error {
 public:
    using Error::Error;
    /// As Error's, but what is thrown stays a UsageError.
    UsageError& with_hint(std::string hint) {
        Error::with_hint(std::move(hint));
        return *this;
    }
};

/// Returns `result` unless it is -1; then throws SysError with errno and the text.
/// `Fd fd(check(open(path, O_PATH | O_CLOEXEC), "opening '{}'", path));`
template <typename T, typename... Args>
T check(T result, fmt::format_string<Args...> format, Args&&... args) {
    if (result == static_cast<T>(-1)) {
        const int code = errno;
        throw SysError(code, format, std::forward<Args>(args)...);
    }
    return result;
}

/// `text` with control characters and bytes that would move a terminal's cursor written as \n or
/// \x1b, for names that come from an image, an archive or a registry.
std::string printable(std::string_view text);

}  // namespace mincs
