// marten port: which ports of the host lead to which of a container's.
#include "db/containers.hh"
#include "librun/spec_file.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {

void execute(const PortOptions& options, const StopSignals&) {
    Listing list({{"port", "port"},
                  {"protocol", "protocol"},
                  {"address", "address"},
                  {"host_port", "host_port"}},
                 options.format);
    db::Store store = open_for_reading();
    const container::ContainerSpec spec =
        run::read_spec(store.layout(), db::get_container(store, options.container), false);
    if (spec.linux.network)
        for (const container::PublishedPort& port : spec.linux.network->ports)
            for (std::int64_t i = 0; i < port.count; ++i)
                list.add({{std::to_string(port.port + i), port.port + i},
                          std::string(port.udp ? "udp" : "tcp"),
                          {port.address.empty() ? "*" : port.address, port.address},
                          {std::to_string(port.host_port + i), port.host_port + i}});
    list.finish();
}

}  // namespace mincs::marten
