// An OCI layout directory as a target: a new one, or one that gets more images. Blobs come to be
// under names of their own and are renamed; index.json is replaced in one step at the end.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "libcore/base/fd.hh"
#include "libimage/documents.hh"
#include "libimage/target.hh"

namespace mincs::image {

class LayoutTarget : public Target {
 public:
    /// Makes the directory where it is missing; Error where it is neither empty nor a layout.
    /// `tag`: the ref.name of the one image; empty: each gets its own names.
    explicit LayoutTarget(const std::filesystem::path& directory, std::string tag = {});
    LayoutTarget(const LayoutTarget&) = delete;
    /// Takes away what finish() has not made visible.
    ~LayoutTarget() override;

    const std::string& name() const override { return name_; }
    std::size_t blobs_at_once() const override { return 3; }
    bool takes_indexes() const override { return true; }
    BlobOutcome put_blob(Source& source, const Descriptor& descriptor) override;
    void put_document(const Document& document, const std::vector<std::string>& names,
                      bool is_root) override;
    void finish() override;

 private:
    struct Root {
        Descriptor descriptor;
        std::vector<std::string> names;
    };
    bool has_blob(const Descriptor& descriptor);
    Fd blob_directory(const Digest& digest);
    void write_blob(const Digest& digest, const std::function<void(int)>& write);
    void write_file(const char* name, std::string_view content);
    void undo() noexcept;

    std::filesystem::path path_;
    std::string name_;
    std::string tag_;
    bool is_new_ = false;  ///< the directory was made by us
    bool had_layout_ = false;
    Fd directory_;
    std::mutex mutex_;           ///< for `added_`
    std::vector<Digest> added_;  ///< blobs that were not there before
    std::atomic<unsigned> counter_ = 0;
    std::vector<Root> roots_;
    bool finished_ = false;
};

}  // namespace mincs::image
