// A command's environment: "NAME=VALUE" in the order in which the names came, each once.
#pragma once

#include <string>
#include <vector>

namespace mincs::run {

/// Sets or replaces a variable.
void set_variable(std::vector<std::string>& env, const std::string& variable);
/// The same where there is none of its name.
void set_default(std::vector<std::string>& env, const std::string& variable);
/// As -e of the tools: NAME=VALUE, or NAME for the caller's, if he has it. Throws UsageError.
void set_wanted(std::vector<std::string>& env, const std::string& wanted);

/// What --env-file names, for set_wanted(), as docker reads it: nothing is quoted; blanks before a
/// name, empty lines and those that begin with '#' are passed over. Throws Error.
std::vector<std::string> lines_of_env_file(const std::string& path);

}  // namespace mincs::run
