// See confinement.hh. Capabilities are each thread's own for the kernel (capabilities(7)); libcap
// without libpsx sets those of the calling thread.
#include "libcore/layer/confinement.hh"

#include <iconv.h>
#include <sys/capability.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "libcore/base/log.hh"
#include "libcore/fs/landlock.hh"

namespace mincs::layer {
namespace {

struct FreeCap {
    void operator()(void* object) const { cap_free(object); }
};
using CapState = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCap>;

constexpr cap_value_t kUnpackerNeeds[] = {
    CAP_CHOWN,         // files of any owner
    CAP_DAC_OVERRIDE,  // directories that their owners gave no right to
    CAP_FOWNER,        // modes, times and attributes of what is another's by now
    CAP_FSETID,        // setgid bits of groups that are not ours
    CAP_MKNOD,        CAP_SETFCAP,
    CAP_SYS_ADMIN,    // trusted.* attributes, the marks of overlayfs among them
    CAP_SYS_RESOURCE  // a quota of the files' owner does not count
};

/// glibc reads its list of charsets once a process, when libarchive first asks for one, and would
/// remember for all threads that it could not.
void load_charsets() {
    const iconv_t converter = iconv_open("UTF-8", "ASCII");
    if (converter != iconv_t(-1)) iconv_close(converter);
}

void keep_capabilities(const std::vector<cap_value_t>& kept) {
    const CapState state(cap_get_proc());
    if (!state) throw SysError(errno, "reading the capabilities");
    for (int cap = 0; cap < cap_max_bits(); ++cap) {
        const auto value = static_cast<cap_value_t>(cap);
        if (std::find(kept.begin(), kept.end(), value) != kept.end()) continue;
        for (const cap_flag_t set : {CAP_EFFECTIVE, CAP_PERMITTED, CAP_INHERITABLE})
            check(cap_set_flag(state.get(), set, 1, &value, CAP_CLEAR), "choosing a capability");
    }
    check(cap_set_proc(state.get()), "giving up capabilities");
}

/// `below`: what may be read besides; may be none.
void confine_maker(const fs::RootDir& layer, const fs::RootDir* below) {
    fs::LandlockRules rules;
    rules.paths = {{fs::proc_path(layer.fd()),
                    fs::kReading | fs::kWriting | fs::kChangingEntries | fs::kMakingDevices}};
    if (below) rules.paths->push_back({fs::proc_path(below->fd()), fs::kReading});
    if (fs::restrict_thread(rules))
        debug("a thread that makes files can reach nothing but {}", layer.name());
    keep_capabilities({std::begin(kUnpackerNeeds), std::end(kUnpackerNeeds)});
}

}  // namespace

void confine_unpacker(const fs::RootDir& target) {
    load_charsets();
    confine_maker(target, nullptr);
}

void confine_settler(const fs::RootDir& layer, const fs::RootDir* below) {
    confine_maker(layer, below);
}

void confine_decoder() {
    fs::LandlockRules rules;
    rules.paths.emplace();
    fs::restrict_thread(rules);
    keep_capabilities({});
}

}  // namespace mincs::layer
