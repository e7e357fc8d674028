// An environment variable that has a value while its owner lives. For tests without threads.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace mincs::test {

class ScopedVariable {
 public:
    /// An empty value takes the variable away.
    ScopedVariable(const char* name, const std::string& value) : name_(name) {
        if (const char* old = std::getenv(name)) old_ = old;
        if (value.empty())
            unsetenv(name);
        else
            setenv(name, value.c_str(), 1);
    }
    ScopedVariable(const ScopedVariable&) = delete;
    ~ScopedVariable() {
        if (old_)
            setenv(name_, old_->c_str(), 1);
        else
            unsetenv(name_);
    }

 private:
    const char* name_;
    std::optional<std::string> old_;
};

}  // namespace mincs::test
