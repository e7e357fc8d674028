// Platforms (manifest.hh): this machine's name in Go's words, and which entry of an index suits a
// wanted one. Variant rules as in containerd's platforms package: "arm" means v7, "arm64" v8.
#include <sys/utsname.h>

#include <array>
#include <charconv>
#include <utility>

#include "libcore/base/error.hh"
#include "libregistry/manifest.hh"

namespace mincs::registry {
namespace {

/// uname(2)'s machine and the names of Go.
struct Machine {
    std::string_view machine;
    std::string_view architecture;
    std::string_view variant;
};

constexpr std::array kMachines = {
    Machine{"x86_64", "amd64", ""},    Machine{"aarch64", "arm64", ""},
    Machine{"armv7l", "arm", "v7"},    Machine{"armv8l", "arm", "v7"},
    Machine{"armv6l", "arm", "v6"},    Machine{"armv5tel", "arm", "v5"},
    Machine{"i686", "386", ""},        Machine{"i586", "386", ""},
    Machine{"i386", "386", ""},        Machine{"loongarch64", "loong64", ""},
    Machine{"mips64", "mips64le", ""},
};

/// 7 for "v7", 0 for what is no such variant.
int variant_number(std::string_view variant) {
    int number = 0;
    if (!variant.starts_with('v')) return 0;
    const char* end = variant.data() + variant.size();
    const auto [stop, error] = std::from_chars(variant.data() + 1, end, number);
    return error == std::errc() && stop == end && number > 0 ? number : 0;
}

std::string_view default_variant(std::string_view architecture) {
    if (architecture == "arm") return "v7";
    if (architecture == "arm64") return "v8";
    return "";
}

/// How well `offered` suits; the larger the better, nothing where it does not run.
std::optional<int> suitability(const Platform& offered, const Platform& wanted) {
    if (offered.os != wanted.os || offered.architecture != wanted.architecture) return std::nullopt;
    const std::string_view fallback = default_variant(wanted.architecture);
    const std::string_view want = wanted.variant.empty() ? fallback : wanted.variant;
    const std::string_view have = offered.variant.empty() ? fallback : offered.variant;
    if (have == want) return 1'000'000;
    const int want_number = variant_number(want);
    const int have_number = variant_number(have);
    // Nobody asked for a variant and the architecture knows no usual one: the humblest runs in most
    // places.
    if (want.empty()) return have_number == 0 ? std::nullopt : std::optional(-have_number);
    if (have.empty()) return 0;
    // An entry without a variant says nothing about what it needs: better than none.
    if (offered.variant.empty() && have_number > want_number) return 0;
    if (want_number == 0 || have_number == 0 || have_number > want_number) return std::nullopt;
    return have_number;
}

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= 32 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") ==
               std::string_view::npos;
}

std::string offered_platforms(const Index& index) {
    std::string names;
    for (const Descriptor& entry : index.manifests) {
        if (!entry.platform || entry.platform->os == "unknown") continue;
        if (names.size() > 400) return names + ", …";
        names += (names.empty() ? "" : ", ") + printable(entry.platform->to_string());
    }
    return names.empty() ? "none that is named" : names;
}

}  // namespace

Platform Platform::host() {
    utsname name = {};
    check(uname(&name), "asking for this machine's architecture");
    for (const Machine& known : kMachines)
        if (known.machine == name.machine)
            return {"linux", std::string(known.architecture), std::string(known.variant)};
    return {"linux", name.machine, ""};  // riscv64, s390x, ppc64le: Go uses the kernel's word
}

Platform Platform::parse(std::string_view text) {
    std::array<std::string_view, 3> parts;
    std::size_t count = 0;
    std::string_view rest = text;
    while (count < parts.size()) {
        const std::size_t slash = rest.find('/');
        parts[count++] = rest.substr(0, slash);
        if (slash == std::string_view::npos) {
            rest = {};
            break;
        }
        rest.remove_prefix(slash + 1);
        if (count == parts.size() || rest.empty()) count = parts.size() + 1;
    }
    bool valid = count == 2 || count == 3;
    for (std::size_t i = 0; valid && i < count; ++i) valid = is_word(parts[i]);
    if (!valid)
        throw UsageError(
            "'{}' is not a platform: expected OS/ARCH or OS/ARCH/VARIANT, as linux/arm64",
            printable(text.substr(0, 200)));
    return {std::string(parts[0]), std::string(parts[1]), std::string(parts[2])};
}

std::string Platform::to_string() const {
    return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

const Descriptor& choose_platform(const Index& index, const Platform& wanted,
                                  std::string_view what) {
    const Descriptor* best = nullptr;
    int best_score = 0;
    for (const Descriptor& entry : index.manifests) {
        if (!entry.platform) continue;
        const std::optional<int> score = suitability(*entry.platform, wanted);
        if (score && (!best || *score > best_score)) {
            best = &entry;
            best_score = *score;
        }
    }
    // An index of one nameless entry leaves no choice (image-index.md: platform is optional).
    if (!best && index.manifests.size() == 1 && !index.manifests[0].platform)
        return index.manifests[0];
    if (!best)
        throw Error("{}: there is no image for {}; there is: {}", what, wanted.to_string(),
                    offered_platforms(index));
    return *best;
}

}  // namespace mincs::registry
