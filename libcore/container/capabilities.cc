// See capabilities.hh. This file owns libcap.
#include "libcore/container/capabilities.hh"

#include <sys/capability.h>
#include <sys/prctl.h>

#include <algorithm>
#include <memory>

#include "libcore/base/error.hh"

namespace mincs::container {
namespace {

struct FreeCap {
    void operator()(void* object) const { cap_free(object); }
};
using CapState = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCap>;

bool contains(const std::vector<int>& list, int value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool has(const CapState& state, cap_flag_t set, int capability) {
    cap_flag_value_t value = CAP_CLEAR;
    return cap_get_flag(state.get(), static_cast<cap_value_t>(capability), set, &value) == 0 &&
           value == CAP_SET;
}

void raise(const CapState& state, cap_flag_t set, int capability) {
    const auto value = static_cast<cap_value_t>(capability);
    check(cap_set_flag(state.get(), set, 1, &value, CAP_SET), "choosing a capability");
}

}  // namespace

const std::vector<int>& default_capabilities() {
    static const std::vector<int> kDefault = {
        CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,  CAP_FSETID,  CAP_KILL,      CAP_NET_BIND_SERVICE,
        CAP_SETGID, CAP_SETUID,       CAP_SETPCAP, CAP_SETFCAP, CAP_SYS_CHROOT};
    return kDefault;
}

std::vector<int> all_capabilities() {
    std::vector<int> all;
    // Only what we hold ourselves can be given; a missing one (say, inside another container) is no
    // error.
    for (int cap = 0; cap < cap_max_bits(); ++cap)
        if (cap_get_bound(static_cast<cap_value_t>(cap)) == 1) all.push_back(cap);
    return all;
}

std::string capability_name(int capability) {
    const std::unique_ptr<char, FreeCap> name(cap_to_name(capability));
    if (!name) throw Error("{} is not a capability", capability);
    std::string text = name.get();
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

int parse_capability(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!lower.starts_with("cap_")) lower = "cap_" + lower;
    cap_value_t value = 0;
    if (cap_from_name(lower.c_str(), &value) != 0)
        throw UsageError("'{}' is not a capability", printable(name));
    return value;
}

void limit_bounding_set(const std::vector<int>& kept) {
    for (int cap = 0; cap < cap_max_bits(); ++cap) {
        const auto value = static_cast<cap_value_t>(cap);
        if (!contains(kept, cap))
            check(cap_drop_bound(value), "dropping {} from the bounding set", capability_name(cap));
    }
}

void keep_capabilities_over_change_of_user() {
    check(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keeping capabilities over the change of user");
}

void set_process_capabilities(const std::vector<int>& kept, bool is_root) {
    const CapState state(cap_init());
    const CapState before(cap_get_proc());
    if (!state || !before) throw SysError(errno, "preparing the capabilities");
    for (const int cap : kept) {
        if (!is_root || !has(before, CAP_PERMITTED, cap)) continue;
        raise(state, CAP_PERMITTED, cap);
        raise(state, CAP_EFFECTIVE, cap);
    }
    check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0),
          "clearing the ambient capabilities");
    check(cap_set_proc(state.get()), "setting the capabilities");
}

void set_ambient_capabilities(const std::vector<int>& ambient) {
    const CapState state(cap_init());
    if (!state) throw SysError(errno, "preparing the capabilities");
    for (const int cap : ambient)
        for (const cap_flag_t set : {CAP_PERMITTED, CAP_EFFECTIVE, CAP_INHERITABLE})
            raise(state, set, cap);
    check(cap_set_proc(state.get()), "setting the capabilities");
    for (const int cap : ambient)
        check(cap_set_ambient(static_cast<cap_value_t>(cap), CAP_SET), "giving {} to the user",
              capability_name(cap));
}

}  // namespace mincs::container
