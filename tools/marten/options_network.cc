// The commands about networks.
#include "tools/marten/option_groups.hh"

namespace mincs::marten {
namespace {

constexpr const char* kName = "the network's name";

void declare_create(CLI::App& command, NetworkCreate& options) {
    command.add_option("NAME", options.name, kName)->required();
    command
        .add_option("--subnet", options.subnets,
                    "its addresses, such as 10.88.0.0/24 or fd00:88::/64: one of each family "
                    "(default: free ones)")
        ->option_text("SUBNET")
        ->allow_extra_args(false);
    command.add_flag("--internal", options.internal,
                     "its containers reach each other and the host, and nothing beyond");
}

void declare_remove(CLI::App& command, NetworkRemove& options) {
    command.add_option("NAME", options.names, kName)->required();
}

void declare_inspect(CLI::App& command, NetworkInspect& options) {
    command.add_option("NAME", options.names, kName)->required();
}

void declare_list(CLI::App& command, NetworkList& options) {
    command.alias("list");
    add_list_options(command, options);
}

void declare_port(CLI::App& command, PortOptions& options) {
    command.add_option("CONTAINER", options.container, "name or ID")->required();
    add_list_options(command, options);
}

}  // namespace

void add_network_commands(CLI::App& app, Chosen& chosen) {
    add<PortOptions>(app, chosen, "port", "List the ports that a container publishes",
                     "marten port web", declare_port);
    CLI::App* network = add_command(app, "network", "Make networks for containers, and remove them",
                                    "marten network ls");
    network->require_subcommand(1);
    add<NetworkCreate>(*network, chosen, "create", "Make one, for 'minc --net NAME'",
                       "marten network create --subnet 10.88.0.0/24 --internal backend",
                       declare_create);
    add<NetworkList>(*network, chosen, "ls", "List them", "marten network ls --format json",
                     declare_list);
    add<NetworkRemove>(*network, chosen, "rm", "Remove those that no container is in",
                       "marten network rm backend", declare_remove);
    add<NetworkInspect>(*network, chosen, "inspect", "Print all about them as JSON",
                        "marten network inspect dens", declare_inspect);
}

}  // namespace mincs::marten
