// See x11.hh.
#include "librun/x11.hh"

#include <unistd.h>

#include <cstdlib>

#include "libcore/base/files.hh"
#include "librun/environment.hh"

namespace mincs::run {
namespace {

constexpr const char* kSockets = "/tmp/.X11-unix";
constexpr const char* kCookiesInside = "/run/.xauthority";

/// Families of addresses in .Xauthority (Xauth(3)).
constexpr unsigned kFamilyLocal = 256, kFamilyWild = 65535;

/// Numbers of two bytes, the higher first, and strings with such a length in front.
class Reader {
 public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    bool at_end() const { return bytes_.empty(); }
    unsigned number() {
        const std::string_view two = take(2);
        return static_cast<unsigned char>(two[0]) << 8 | static_cast<unsigned char>(two[1]);
    }
    std::string_view text() { return take(number()); }

 private:
    std::string_view take(std::size_t size) {
        if (bytes_.size() < size) throw Error("the X cookies: the file ends in a record");
        const std::string_view taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }
    std::string_view bytes_;
};

void append_number(std::string& bytes, std::size_t number) {
    bytes += static_cast<char>(number >> 8);
    bytes += static_cast<char>(number & 0xff);
}

void append_text(std::string& bytes, std::string_view text) {
    append_number(bytes, text.size());
    bytes += text;
}

/// Where the caller's own programs look for them; none is fine, as a server may let everybody in.
std::string read_cookies() {
    const char* given = std::getenv("XAUTHORITY");
    const char* home = std::getenv("HOME");
    if (!given && !home) return "";
    const std::string path = given ? given : std::string(home) + "/.Xauthority";
    return read_file_if_exists(path).value_or("");
}

std::string host_name() {
    char name[256] = {};
    check(gethostname(name, sizeof name - 1), "asking for the host name");
    return name;
}

}  // namespace

std::string cookies_for(std::string_view authority, std::string_view number,
                        std::string_view host_name) {
    std::string chosen;
    for (Reader read(authority); !read.at_end();) {
        unsigned family = read.number();
        std::string_view address = read.text();
        const std::string_view display = read.text(), name = read.text(), data = read.text();
        if (!display.empty() && display != number) continue;
        if (family == kFamilyLocal) {
            if (address != host_name) continue;
            family = kFamilyWild;
            address = "";
        }
        append_number(chosen, family);
        for (const std::string_view text : {address, display, name, data})
            append_text(chosen, text);
    }
    return chosen;
}

X11 X11::of_caller() {
    X11 x;
    const char* display = std::getenv("DISPLAY");
    if (!display || !*display)
        throw Error("-X: there is no DISPLAY to draw on")
            .with_hint("'sudo' keeps it with --preserve-env=DISPLAY,XAUTHORITY");
    x.display_ = display;
    const std::size_t colon = x.display_.rfind(':');
    if (colon == std::string::npos)
        throw Error("-X: DISPLAY is '{}', which names no display", printable(display));
    const std::string host = x.display_.substr(0, colon);
    const std::size_t end = x.display_.find('.', colon);
    const std::string number = x.display_.substr(colon + 1, end - colon - 1);
    x.is_local_ = host.empty() || host == "unix";
    const std::string socket = fmt::format("{}/X{}", kSockets, number);
    if (x.is_local_ && access(socket.c_str(), F_OK) != 0)
        throw SysError(errno, "-X: the display '{}' has no socket '{}'", printable(display),
                       printable(socket));
    x.cookies_ = cookies_for(read_cookies(), number, host_name());
    return x;
}

void X11::add_to(container::ContainerSpec& spec) const {
    set_variable(spec.process.env, "DISPLAY=" + display_);
    if (is_local_)
        spec.mounts.push_back({kSockets, "bind", kSockets, {"ro", "nosuid", "nodev", "noexec"}});
}

void X11::add_cookies(container::ContainerSpec& spec,
                      const db::ContainerDirectory& directory) const {
    if (cookies_.empty()) return;
    const std::string copy = directory.base / "xauthority";
    replace_file(copy, cookies_, 0600);
    check(chown(copy.c_str(), spec.process.user.uid, spec.process.user.gid),
          "giving '{}' to the user", copy);
    set_variable(spec.process.env, fmt::format("XAUTHORITY={}", kCookiesInside));
    spec.mounts.push_back({kCookiesInside, "bind", copy, {"ro", "nosuid", "nodev", "noexec"}});
}

}  // namespace mincs::run
