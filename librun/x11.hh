// -X: the command may draw on the caller's X display (X(7), DISPLAY NAMES; Xsecurity(7)).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/layout.hh"
#include "libcore/container/spec.hh"

namespace mincs::run {

/// Of the records of an .Xauthority file, those that open display `number` of this machine, written
/// so that they do in a container as well, which has another host name: without any. Records of
/// other machines' displays stay as they are. Error where it is no such file.
std::string cookies_for(std::string_view authority, std::string_view number,
                        std::string_view host_name);

/// The caller's display. Throws Error where there is none.
class X11 {
 public:
    static X11 of_caller();

    /// DISPLAY, XAUTHORITY, and the server's socket.
    void add_to(container::ContainerSpec& spec) const;
    /// A copy of the cookies in the container's directory, for its user alone.
    void add_cookies(container::ContainerSpec& spec, const db::ContainerDirectory& directory) const;

 private:
    std::string display_;
    bool is_local_ = false;
    std::string cookies_;
};

}  // namespace mincs::run
