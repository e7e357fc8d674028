// What a request says of its container, as a spec: everything that the store need not be asked for.
#pragma once

#include <string>

#include "libcore/container/architectures.hh"
#include "libcore/container/spec.hh"
#include "librun/network.hh"

namespace mincs::run {

struct Request;
struct RootSource;

/// All but the process and the directory that the store gives the container.
container::ContainerSpec make_spec(const Request& request, const NetworkChoice& network,
                                   const RootSource& root, std::string id, const std::string& name);

/// What the process, which is in `spec` by now, decides: its devices and its filter of system
/// calls.
void add_confinement(container::ContainerSpec& spec, const Request& request,
                     const container::Architecture& machine);

}  // namespace mincs::run
