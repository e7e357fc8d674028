// See overlay.hh. Two ways to name the layers, tried in this order: "lowerdir+" once per layer
// (kernel 6.8), and one "lowerdir" list. fsconfig(2) cuts a value at 256 bytes, so the list names
// descriptors, relative to /proc/self/fd: "7:8:9" has room for some eighty layers on the older
// kernels that need it.
#include "libcore/fs/overlay.hh"

#include <sys/mount.h>

#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::fs {
namespace {

Fd open_layer(const std::string& path) {
    return Fd(check(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                    "opening the overlay's directory '{}'", printable(path)));
}

/// The working directory becomes /proc/self/fd while one of these lives.
class InDescriptorDirectory {
 public:
    InDescriptorDirectory()
        : old_(
              check(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), "opening the working directory")) {
        check(chdir("/proc/self/fd"), "entering '/proc/self/fd'");
    }
    InDescriptorDirectory(const InDescriptorDirectory&) = delete;
    ~InDescriptorDirectory() {
        if (fchdir(old_.get()) == -1) _exit(125);  // nowhere is no place to go on from
    }

 private:
    Fd old_;
};

enum class LayerNaming { kOneByOne, kList };

void set_string(int context, const char* key, const std::string& value) {
    check(fsconfig(context, FSCONFIG_SET_STRING, key, value.c_str(), 0), "setting the overlay's {}",
          key);
}

/// Here the kernel says what it thinks of the file system that the directory is on.
void set_upper(int context, const Fd& upper, const std::string& name) {
    const std::string path = proc_path(upper.get());
    if (fsconfig(context, FSCONFIG_SET_STRING, "upperdir", path.c_str(), 0) == 0) return;
    SysError error(errno, "setting the overlay's upperdir '{}'", printable(name));
    if (error.code() == EINVAL)
        error.with_hint("what changes must lie on a file system such as ext4, xfs, btrfs or tmpfs");
    throw error;
}

void set_flag(int context, const char* key) {
    check(fsconfig(context, FSCONFIG_SET_FLAG, key, nullptr, 0), "setting the overlay's {} flag",
          key);
}

void name_layers(int context, const std::vector<Fd>& layers, LayerNaming naming) {
    std::string list;
    for (const Fd& layer : layers) {
        if (naming == LayerNaming::kOneByOne)
            set_string(context, "lowerdir+", proc_path(layer.get()));
        else
            list += fmt::format("{}{}", list.empty() ? "" : ":", layer.get());
    }
    if (naming == LayerNaming::kOneByOne) return;
    if (list.size() > 255)
        throw Error("stacking {} layers: this kernel takes some eighty at most", layers.size());
    set_string(context, "lowerdir", list);
}

Fd mount_stack(const OverlayOptions& options, const std::vector<Fd>& layers, LayerNaming naming) {
    const Fd context(check(fsopen("overlay", FSOPEN_CLOEXEC), "opening the file system 'overlay'"));
    Fd upper, work;
    if (!options.upper.empty()) {
        upper = open_layer(options.upper);
        work = open_layer(options.work);
    }
    const InDescriptorDirectory here;  // until the overlay is made, for the list form
    name_layers(context.get(), layers, naming);
    if (upper) {
        set_upper(context.get(), upper, options.upper);
        set_string(context.get(), "workdir", proc_path(work.get()));
        if (options.is_volatile) set_flag(context.get(), "volatile");
    }
    if (!in_first_user_namespace()) {
        set_flag(context.get(), "userxattr");  // which allows neither of the two below
    } else if (upper) {
        // Some hosts turn these on by default. An upper directory must be a whole layer, readable
        // without overlayfs, and a container must behave alike everywhere.
        set_string(context.get(), "redirect_dir", "off");
        set_string(context.get(), "metacopy", "off");
    }
    check(fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0),
          "mounting the overlay on '{}'", printable(options.lower.front()));
    const unsigned attributes = options.upper.empty() ? MOUNT_ATTR_RDONLY : 0;
    return Fd(check(fsmount(context.get(), FSMOUNT_CLOEXEC, attributes), "mounting the overlay"));
}

}  // namespace

Fd mount_overlay(const OverlayOptions& options) {
    if (options.lower.empty()) throw Error("mounting an overlay: it has no layers");
    if (options.upper.empty() && options.lower.size() == 1) {
        // In a user namespace the mounts below are locked: the kernel takes them along or nothing.
        const bool recursive = !in_first_user_namespace();
        Fd bind = clone_mount(AT_FDCWD, options.lower.front(), recursive);
        add_mount_attributes(bind.get(), MOUNT_ATTR_RDONLY, recursive);
        return bind;
    }
    std::vector<Fd> layers;
    for (const std::string& path : options.lower) layers.push_back(open_layer(path));
    try {
        return mount_stack(options, layers, LayerNaming::kOneByOne);
    } catch (const SysError& error) {
        // An older kernel says EINVAL to the unknown key at once, or only when the overlay is made.
        if (error.code() != EINVAL) throw;
        return mount_stack(options, layers, LayerNaming::kList);
    }
}

}  // namespace mincs::fs
