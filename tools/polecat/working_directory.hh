// People expect of a command that it sees the directory they stand in. So the caller's working
// directory is shown inside under its own path, for reading and writing, both when a command is
// traced and when its bundle runs.
#pragma once

#include <optional>
#include <string>

namespace mincs::polecat {

/// The caller's working directory, if it is to be shown: neither "/" nor in a directory that holds
/// the application itself (/usr, /etc, /lib …), which it would hide. Nothing also where it was
/// removed.
std::optional<std::string> shown_working_directory();

/// The rule behind it.
bool may_show(const std::string& directory);

}  // namespace mincs::polecat
