// See tag_list.hh.
#include "libregistry/tag_list.hh"

#include "libcore/base/json.hh"

namespace mincs::registry {
namespace {

/// distribution sends 100 where nobody asks for more; Hub and others cap this by their own limit.
constexpr std::string_view kFirstPage = "tags/list?n=1000";
constexpr std::size_t kMaxTag = 128;

bool is_tag(std::string_view text) {
    const auto word = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_';
    };
    if (text.empty() || text.size() > kMaxTag || !word(text[0])) return false;
    for (const char c : text)
        if (!word(c) && c != '.' && c != '-') return false;
    return true;
}

}  // namespace

/// `<URL>; rel="next"`, several divided by commas.
std::string next_link(std::string_view header) {
    while (true) {
        const std::size_t open = header.find('<');
        const std::size_t close = header.find('>', open);
        if (open == std::string_view::npos || close == std::string_view::npos) return "";
        const std::string_view target = header.substr(open + 1, close - open - 1);
        header.remove_prefix(close + 1);
        const std::string_view parameters = header.substr(0, header.find('<'));
        if (parameters.find("rel=\"next\"") != std::string_view::npos ||
            parameters.find("rel=next") != std::string_view::npos)
            return std::string(target);
    }
}

/// False where the page has no tag that was not there before.
bool TagList::add(std::string_view body) {
    const Json page = parse_json(body, what_);
    if (!page.is_object()) throw Error("{}: the answer is not a JSON object", what_);
    bool any = false;
    for (std::string& tag : json_strings_if(page, "tags", what_)) {
        if (!is_tag(tag)) throw Error("{}: '{}' is no tag", what_, printable(tag.substr(0, 200)));
        if (!seen_.insert(tag).second) continue;
        if (tags_.size() == kMaxTags) throw Error("{}: more than {} tags", what_, kMaxTags);
        tags_.push_back(std::move(tag));
        any = true;
    }
    return any;
}

void TagList::fetch_page(Api& api, const Endpoint& place) {
    const HttpResponse response = next_ ? api.send_to(*next_, {place}, {})
                                        : api.send({place}, {.path = std::string(kFirstPage)});
    const bool any = add(response.body);
    const std::string next = next_link(response.headers.get("link"));
    complete_ = next.empty();
    if (complete_) return;
    if (!any) throw Error("{}: the registry goes on without sending more", what_);
    next_ = response.url.follow(next);
    if (!next_->same_origin(response.url))
        throw Error("{}: the registry sends on to '{}' for more", what_, next_->authority());
}

}  // namespace mincs::registry
