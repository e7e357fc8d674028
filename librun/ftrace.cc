// See ftrace.hh.
#include "librun/ftrace.hh"

#include <filesystem>

#include "db/images.hh"
#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "librun/host_command.hh"

namespace mincs::run {
namespace {

/// Absolute, as it runs elsewhere.
std::string readable_script(const std::string& path) {
    const Fd script(check(open(path.c_str(), O_RDONLY | O_CLOEXEC),
                          "opening the tracing script '{}'", printable(path)));
    return std::filesystem::absolute(path);
}

std::string default_output(const Plan& plan) {
    return fmt::format("minc-ftrace-{}.txt", db::short_id(plan.id()));
}

Fd make_output(const std::string& path) {
    return Fd(check(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
                    "creating the trace's file '{}'", printable(path)));
}

}  // namespace

Ftrace::Ftrace(const Plan& plan, const std::string& script, const std::string& output)
    : plan_(plan),
      script_(readable_script(script)),
      path_(output.empty() ? default_output(plan) : output),
      output_(make_output(path_)),
      instance_(plan.id()) {}

void Ftrace::begin(pid_t pid) const {
    debug("tracing process {} as '{}' says", pid, script_);
    instance_.follow(pid);
    run_host_command({.what = fmt::format("the tracing script '{}'", printable(script_)),
                      .arguments = {script_},
                      .input = "",
                      .env = host_environment(plan_, pid),
                      .directory = instance_.directory()});
}

void Ftrace::end() const {
    instance_.write_to(output_.get(), path_);
    write_log_line("", fmt::format("the trace is in '{}'", printable(path_)));
}

}  // namespace mincs::run
