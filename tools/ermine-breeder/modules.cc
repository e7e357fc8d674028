// See modules.hh. This file owns libkmod.
#include "tools/ermine-breeder/modules.hh"

#include <libkmod.h>

#include <algorithm>
#include <memory>
#include <set>
#include <sstream>

#include "libcore/base/files.hh"

namespace mincs::breeder {
namespace {

namespace stdfs = std::filesystem;

using Context = std::unique_ptr<kmod_ctx, decltype(&kmod_unref)>;
using Module = std::unique_ptr<kmod_module, decltype(&kmod_module_unref)>;

/// A module has one name, whatever its file's: "-" and "_" are the same.
std::string module_name(const stdfs::path& file) {
    std::string name = file.filename();
    name.resize(name.find(".ko"));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

using Files = std::map<std::string, stdfs::path>;

Files module_files(const stdfs::path& directory) {
    Files files;
    for (const auto& entry : stdfs::recursive_directory_iterator(directory))
        if (entry.path().filename().string().find(".ko") != std::string::npos)
            files.emplace(module_name(entry.path()), entry.path());
    return files;
}

/// kernel/fs/9p/9p.ko, a line each, of what is no module but there.
std::set<std::string> built_in(const stdfs::path& directory) {
    std::set<std::string> names;
    std::istringstream lines(read_file_if_exists(directory / "modules.builtin").value_or(""));
    for (std::string line; std::getline(lines, line);)
        if (line.find(".ko") != std::string::npos) names.insert(module_name(line));
    return names;
}

/// The module's own field "depends": names with commas between.
std::vector<std::string> depends_of(kmod_ctx* context, const stdfs::path& file) {
    kmod_module* opened = nullptr;
    if (kmod_module_new_from_path(context, file.c_str(), &opened) < 0)
        throw Error("'{}' is no kernel module", file.string());
    const Module module(opened, kmod_module_unref);
    kmod_list* fields = nullptr;
    if (kmod_module_get_info(module.get(), &fields) < 0)
        throw Error("'{}' is no kernel module", file.string());
    std::vector<std::string> names;
    kmod_list* field;
    kmod_list_foreach(field, fields) {
        if (std::string_view(kmod_module_info_get_key(field)) != "depends") continue;
        std::istringstream list(kmod_module_info_get_value(field));
        for (std::string name; std::getline(list, name, ',');)
            if (!name.empty()) names.push_back(name);
    }
    kmod_module_info_free_list(fields);
    return names;
}

/// Depth first: what a module needs stands before it.
struct Sorter {
    const std::function<std::vector<std::string>(const std::string&)>& depends;
    std::vector<std::string> order = {};
    std::set<std::string> begun = {};

    void add(const std::string& name) {
        if (std::find(order.begin(), order.end(), name) != order.end()) return;
        if (!begun.insert(name).second) throw Error("the module '{}' needs itself", name);
        for (const std::string& below : depends(name)) add(below);
        order.push_back(name);
    }
};

}  // namespace

const std::vector<std::string> kGuestModules = {"virtio_pci", "virtio_mmio",  "virtio_console",
                                                "virtio_rng", "9pnet_virtio", "9p",
                                                "virtiofs",   "overlay",      "virtio_net"};

std::vector<std::string> load_order(
    const std::vector<std::string>& wanted,
    const std::function<std::vector<std::string>(const std::string&)>& depends) {
    Sorter sorter{depends};
    for (const std::string& name : wanted) sorter.add(name);
    return sorter.order;
}

std::vector<stdfs::path> guest_modules(const stdfs::path& directory) {
    const Files files = module_files(directory);
    const std::set<std::string> there = built_in(directory);
    // The file says "virtio-rng", the module says "virtio_rng"; what is in the kernel needs
    // nothing.
    const char* const no_configuration = nullptr;
    const Context context(kmod_new(directory.c_str(), &no_configuration), kmod_unref);
    if (!context) throw Error("libkmod cannot be used on '{}'", directory.string());
    const auto depends = [&](const std::string& name) -> std::vector<std::string> {
        const auto file = files.find(name);
        if (file != files.end()) return depends_of(context.get(), file->second);
        if (there.contains(name)) return {};
        throw Error("this kernel has no '{}', which a guest needs", name);
    };
    std::vector<stdfs::path> paths;
    for (const std::string& name : load_order(kGuestModules, depends))
        if (const auto file = files.find(name); file != files.end()) paths.push_back(file->second);
    return paths;
}

}  // namespace mincs::breeder
