// Writes a layer's notes (layer_apply.hh) while it is unpacked, within a bound on their memory.
#pragma once

#include <string>

#include "libcore/layer/entry_name.hh"
#include "libcore/layer/implied_mark.hh"
#include "libcore/layer/layer_apply.hh"

namespace mincs::layer {

class NoteTaker {
 public:
    /// `room`: as ApplyLimits::notes; null: no notes are taken.
    NoteTaker(LayerNotes& notes, std::atomic<std::int64_t>* room) : notes_(notes), room_(room) {}
    NoteTaker(const NoteTaker&) = delete;
    /// Of a layer that failed nothing is kept.
    ~NoteTaker() {
        if (room_) *room_ += used_;
    }
    /// The notes are somebody's from here on.
    void keep() { used_ = 0; }
    bool takes_any() const { return room_ != nullptr; }

    /// The directory was made without an entry.
    void add_implied(int parent, const std::string& leaf) {
        set_implied(parent, leaf);
        ++notes_.implied;
    }
    /// An entry says what the directory is.
    void forget_implied(int parent, const std::string& leaf) {
        if (notes_.implied > 0 && clear_implied(parent, leaf)) --notes_.implied;
    }
    /// Throws Error where there are too many.
    void add_hard_link(const EntryPath& path, const EntryPath& target) {
        const LayerNotes::HardLink& link =
            notes_.hard_links.emplace_back(LayerNotes::HardLink{join(path), join(target)});
        // What settle.cc remembers of each comes to as much again.
        const std::size_t cost = 2 * (link.path.size() + link.target.size() + sizeof link);
        used_ += static_cast<std::int64_t>(cost);
        if ((*room_ -= static_cast<std::int64_t>(cost)) < 0)
            throw Error("it has too many hard links to files of the layers below it: {} so far",
                        notes_.hard_links.size());
    }

 private:
    static std::string join(const EntryPath& path) {
        return path.parent.empty() ? path.leaf : path.parent + "/" + path.leaf;
    }

    LayerNotes& notes_;
    std::atomic<std::int64_t>* room_;
    std::int64_t used_ = 0;
};

}  // namespace mincs::layer
