// How marten's commands are declared to CLI11; for options*.cc only. Each add_ function declares
// one group's commands; a command that was chosen puts its own options into `chosen`.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "tools/marten/options.hh"

namespace mincs::marten {

using Chosen = decltype(Options::command);

/// A subcommand with its one-line description and an example; the parent's flags may stand behind
/// it.
CLI::App* add_command(CLI::App& app, const char* name, const char* description,
                      const char* example);

/// Declares a command whose options are a `T`: `declare(command, options)` adds them. When the
/// command is chosen, `chosen` becomes its options.
template <typename T, typename Declare>
CLI::App* add(CLI::App& app, Chosen& chosen, const char* name, const char* description,
              const char* example, const Declare& declare) {
    CLI::App* command = add_command(app, name, description, example);
    const auto options = std::make_shared<T>();  // lives as long as the parser
    declare(*command, *options);
    command->final_callback([&chosen, options] { chosen = *options; });
    return command;
}

void add_quiet(CLI::App& command, bool& quiet);
void add_platform(CLI::App& command, registry::Platform& platform, const char* description);
void add_max_size(CLI::App& command, std::optional<std::int64_t>& max_size);
void add_format(CLI::App& command, std::string& format);
void add_list_options(CLI::App& command, ListOptions& options);
void add_auth_file(CLI::App& command, std::string& auth_file);

void add_registry_commands(CLI::App& app, Chosen& chosen);
void add_file_commands(CLI::App& app, Chosen& chosen);
void add_image_commands(CLI::App& app, Chosen& chosen);
void add_run_commands(CLI::App& app, Chosen& chosen);
void add_network_commands(CLI::App& app, Chosen& chosen);
void add_store_commands(CLI::App& app, Chosen& chosen);

}  // namespace mincs::marten
