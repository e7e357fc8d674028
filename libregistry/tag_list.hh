// The tags of a repository, page by page (distribution-spec, "Listing Tags"; RFC 8288 for "next").
// A registry that never comes to an end is left.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libregistry/api.hh"

namespace mincs::registry {

class TagList {
 public:
    static constexpr std::size_t kMaxTags = 200'000;

    /// `what` begins errors and must outlive the list.
    explicit TagList(std::string_view what) : what_(what) {}

    bool complete() const { return complete_; }
    /// Asks for the next page. Throws TransferError where it did not come (call again), Error where
    /// it is no list of tags.
    void fetch_page(Api& api, const Endpoint& place);
    std::vector<std::string> take() { return std::move(tags_); }

 private:
    bool add(std::string_view body);

    std::string_view what_;
    std::vector<std::string> tags_;
    std::set<std::string> seen_;
    std::optional<Url> next_;
    bool complete_ = false;
};

/// The target of a Link header's rel="next"; empty where it has none.
std::string next_link(std::string_view header);

}  // namespace mincs::registry
