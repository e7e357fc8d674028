// An image's configuration being written: the whole JSON document of an image made here, new or
// grown out of another image's. What marten does not understand in it stays as it is. Reading one
// is db::ImageConfig's business.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "libcore/base/digest.hh"

namespace mincs::marten {

/// An entry of the history (image-spec config.md).
struct HistoryEntry {
    std::string created_by;  ///< what a person would type, or did
    std::string author;
    std::string comment;
};

class ConfigDocument {
 public:
    /// For a root that came without one: this machine's platform, a PATH, /bin/sh.
    static ConfigDocument fresh();
    /// On top of an image's. `what` names it in errors ("the config of 'fedora'").
    static ConfigDocument grown_from(std::string_view config, std::string_view what);
    ConfigDocument(ConfigDocument&&) noexcept;
    ~ConfigDocument();

    /// One more layer on top.
    void add_layer(const Digest& diff_id, const HistoryEntry& entry);
    /// A step that changed no file.
    void add_step(const HistoryEntry& entry);
    /// From now on this layer is all there is; what made the others stays as history.
    void flatten(const Digest& diff_id, const HistoryEntry& entry);
    void set_author(const std::string& author);
    /// The member "config", an object: how the image runs.
    nlohmann::json& run_config();

    std::string text() const;

 private:
    explicit ConfigDocument(nlohmann::json document);
    void append_history(const HistoryEntry& entry, bool is_empty);

    std::unique_ptr<nlohmann::json> document_;
    std::string created_;
};

}  // namespace mincs::marten
