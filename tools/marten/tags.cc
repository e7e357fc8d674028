// marten tags: what a repository's images are called.
#include "libcore/base/error.hh"
#include "libregistry/client.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"

namespace mincs::marten {

void execute(const ListTags& options, const StopSignals& stop) {
    Listing list({{"tag", "tag"}}, options.format, TableStyle::kPlain);
    if (registry::Reference::name_length(options.repository) < options.repository.size())
        throw UsageError("'{}': a repository is wanted, without a tag or digest",
                         printable(options.repository));
    registry::ClientOptions client_options;
    client_options.cancelled = &stop.flag();
    registry::Client client(std::move(client_options));
    for (const std::string& tag : client.list_tags(client.resolve(options.repository)))
        list.add({{tag}});
    list.finish();
}

}  // namespace mincs::marten
