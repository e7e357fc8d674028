// See wishes.hh.
#include "tools/polecat/runner/wishes.hh"

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

BundleBind parse_bind(const std::string& text) {
    const std::vector<std::string> parts = split(text, ':');
    const bool is_good = parts.size() >= 1 && parts.size() <= 3 &&
                         (parts.size() < 3 || parts[2] == "ro" || parts[2] == "rw");
    BundleBind bind;
    if (is_good) {
        bind.source = parts[0];
        bind.destination = parts.size() > 1 ? parts[1] : parts[0];
        bind.readonly = parts.size() > 2 && parts[2] == "ro";
    }
    if (!bind.source.starts_with('/') || !bind.destination.starts_with('/'))
        throw UsageError("POLECAT_BIND: '{}' is not HOST:DIR[:ro] with absolute paths",
                         printable(text));
    return bind;
}

int parse_rung(std::string_view name, const std::string& text) {
    if (text.size() != 1 || text[0] < '1' || text[0] > '4')
        throw UsageError("{}: '{}' is not a number from 1 to 4", name, printable(text));
    return text[0] - '0';
}

void read_switch(const std::vector<std::string>& environment, std::string_view name, bool& value) {
    const std::string text = variable(environment, name);
    if (text.empty()) return;
    if (text != "0" && text != "1")
        throw UsageError("{}: '{}' is neither 0 nor 1", name, printable(text));
    value = text == "1";
}

}  // namespace

std::string variable(const std::vector<std::string>& environment, std::string_view name) {
    for (const std::string& entry : environment)
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return entry.substr(name.size() + 1);
    return "";
}

std::optional<int> take_rung(std::vector<std::string>& args,
                             const std::vector<std::string>& environment) {
    constexpr std::string_view kOption = "--rung", kVariable = "POLECAT_RUNG=";
    if (args.empty() || !args.front().starts_with(kOption)) return std::nullopt;
    for (const std::string& entry : environment)
        if (entry.starts_with(kVariable)) return std::nullopt;
    std::string number;
    std::ptrdiff_t taken = 1;
    if (args.front().starts_with("--rung=")) {
        number = args.front().substr(kOption.size() + 1);
    } else if (args.front() == kOption) {
        if (args.size() > 1) number = args[taken++];
    } else {
        return std::nullopt;  // "--rungs"
    }
    args.erase(args.begin(), args.begin() + taken);
    return parse_rung(kOption, number);
}

Wishes wishes_of(const Metadata& metadata, const std::vector<std::string>& environment) {
    Wishes wishes;
    wishes.binds = metadata.binds;
    wishes.cwd = metadata.cwd;
    wishes.shows_cwd = metadata.shows_cwd;
    wishes.shows_home = metadata.shows_home;
    wishes.no_network = metadata.no_network;
    wishes.x11 = metadata.x11;
    wishes.wayland = metadata.wayland;

    if (const std::string rung = variable(environment, "POLECAT_RUNG"); !rung.empty())
        wishes.rung = parse_rung("POLECAT_RUNG", rung);
    if (const std::string binds = variable(environment, "POLECAT_BIND"); !binds.empty())
        for (const std::string& bind : split(binds, ',')) wishes.binds.push_back(parse_bind(bind));
    if (const std::string cwd = variable(environment, "POLECAT_CWD"); !cwd.empty()) {
        if (!cwd.starts_with('/'))
            throw UsageError("POLECAT_CWD: '{}' is no absolute path", printable(cwd));
        wishes.cwd = cwd;
        wishes.shows_cwd = false;
    }
    if (const std::string net = variable(environment, "POLECAT_NET"); !net.empty()) {
        if (net != "host" && net != "none")
            throw UsageError("POLECAT_NET: '{}' is neither 'host' nor 'none'", printable(net));
        wishes.no_network = net == "none";
    }
    read_switch(environment, "POLECAT_HOME", wishes.shows_home);
    read_switch(environment, "POLECAT_X11", wishes.x11);
    read_switch(environment, "POLECAT_WAYLAND", wishes.wayland);
    return wishes;
}

}  // namespace mincs::polecat
