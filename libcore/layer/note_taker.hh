// Writes a layer's notes (layer_apply.hh) while it is unpacked, within a bound on their memory.
#pragma once

#include <string>
#include <string_view>

#include "libcore/layer/entry_name.hh"
#include "libcore/layer/layer_apply.hh"

namespace mincs::layer {

class NoteTaker {
 public:
    NoteTaker(LayerNotes& notes, std::int64_t limit) : notes_(notes), limit_(limit) {}

    /// The directory `path` was made without an entry. Throws Error where there are too many.
    void add_implied(std::string_view path) {
        if (notes_.implied.emplace(path).second) use(path.size());
    }
    /// An entry says what the directory is.
    void forget_implied(const std::string& parent, const std::string& leaf) {
        if (notes_.implied.empty()) return;
        const std::string path = parent.empty() ? leaf : parent + "/" + leaf;
        if (notes_.implied.erase(path) > 0) used_ -= cost_of(path.size());
    }
    void add_hard_link(const EntryPath& path, const EntryPath& target) {
        notes_.hard_links.push_back({join(path), join(target)});
        use(notes_.hard_links.back().path.size() + notes_.hard_links.back().target.size());
    }

 private:
    static std::string join(const EntryPath& path) {
        return path.parent.empty() ? path.leaf : path.parent + "/" + path.leaf;
    }
    /// A note costs its bytes and what containers add to them.
    static std::int64_t cost_of(std::size_t size) { return static_cast<std::int64_t>(size) + 100; }
    void use(std::size_t size) {
        used_ += cost_of(size);
        if (used_ > limit_)
            throw Error(
                "the layer leaves too much to the layers below it: {} directories without "
                "an entry, {} hard links to files elsewhere",
                notes_.implied.size(), notes_.hard_links.size());
    }

    LayerNotes& notes_;
    std::int64_t limit_;
    std::int64_t used_ = 0;
};

}  // namespace mincs::layer
