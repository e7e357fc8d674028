// Script mode (-s FILE): the user's own shell file, read by the root's own shell inside a
// container. It may set COMMAND (what the bundle runs), MKDIRS (directories the bundle has, empty)
// and RMDIRS (what is removed from it), and define install_command, which is run in the root before
// anything is traced; what that changes is packed.
#pragma once

#include <string>
#include <vector>

#include "tools/polecat/session.hh"

namespace mincs::polecat {

struct Script {
    std::string command;
    std::vector<std::string> mkdirs;  ///< absolute paths
    std::vector<std::string> rmdirs;  ///< absolute paths or patterns
};

/// The words the two shell programs are made of, apart for the tests: one prints the variables,
/// each with a NUL behind it, on stdout; the other installs.
std::string reading_program(const std::string& script);
std::string installing_program(const std::string& script);

/// What reading_program() printed. Throws Error naming `what`.
Script parse_variables(std::string_view printed, std::string_view what);

/// Reads the file, asks the root's shell what it means, and lets it install.
Script run_script(Session& session, const std::string& path);

}  // namespace mincs::polecat
