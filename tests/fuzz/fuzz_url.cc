// Where a registry sends us: the realm of a challenge, redirects, the next page of a list. The
// first line is an address we are at, the second what its answer says.
#include "libcore/base/error.hh"
#include "libregistry/tag_list.hh"
#include "libregistry/url.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {
namespace {

using registry::Url;

void check_url(const Url& url) {
    expect(url.scheme == "http" || url.scheme == "https", "only http and https exist");
    expect(!url.host.empty() && !url.port.empty(), "a URL has a host and a port");
    expect(printable(url.host) == url.host, "a host is printable");
    expect(url.text.starts_with(url.scheme + "://"), "a URL begins with its scheme");
    for (const char c : url.text)
        expect(static_cast<unsigned char>(c) > ' ' && c != '\x7f',
               "a URL could not split a request");
    expect(url.text.substr(0, url.text.find('/', 8)).find('@') == std::string::npos,
           "a URL names no user");
    expect(Url::parse(url.text).text == url.text, "a URL reads back");
}

}  // namespace

int fuzz_url(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    const std::size_t line = text.find('\n');
    const std::string_view location =
        line == std::string_view::npos ? "/v2/" : text.substr(line + 1);
    const std::string link = registry::next_link(location);
    expect(link.size() <= location.size(), "a link is a part of its header");
    accepts([&] {
        const Url here = Url::parse(text.substr(0, line));
        check_url(here);
        check_url(here.with_query("scope=a%20b"));
        check_url(here.resolve(link));
        const Url there = here.follow(location);
        check_url(there);
        expect(there.is_https() || (!here.is_https() &&
                                    (registry::is_loopback(there.host) || there.host == here.host)),
               "redirects stay encrypted, or on this machine, or on the one already spoken to");
        if (here.same_origin(there))
            expect(here.host == there.host && here.port == there.port, "one origin is one host");
    });
    return 0;
}

}  // namespace mincs::fuzz
