// See layer_keys.hh.
#include "db/layer_keys.hh"

#include "db/images.hh"
#include "db/record.hh"

namespace mincs::db {

std::vector<Digest> chain_ids(const std::vector<Digest>& diff_ids) {
    std::vector<Digest> chain;
    for (const Digest& diff_id : diff_ids)
        chain.push_back(chain.empty() ? diff_id
                                      : Digest::of(fmt::format("{} {}", chain.back().to_string(),
                                                               diff_id.to_string())));
    return chain;
}

std::optional<std::string> find_layer_key(Store& store, const Digest& diff_id,
                                          const Digest& chain_id) {
    if (has_layer(store, chain_id.hex())) return chain_id.hex();
    if (!has_layer(store, diff_id.hex())) return std::nullopt;
    const auto row = find_layer(store, diff_id.hex());
    return row && !row->depends ? std::optional(diff_id.hex()) : std::nullopt;
}

}  // namespace mincs::db
