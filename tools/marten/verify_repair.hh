// The second look of verify: whatever seemed damaged is looked at again with its locks held, so
// that nobody's work in progress is taken for damage; a layer is unpacked anew and compared with
// its directory, so that nothing but the layer itself decides. What is damaged then is told and,
// where that is wanted, made anew from what is sound or fetched from the image's registry.
#pragma once

#include <memory>
#include <optional>
#include <set>

#include "db/locks.hh"
#include "db/repair.hh"
#include "libregistry/client.hh"
#include "tools/marten/verify_plan.hh"
#include "tools/marten/verify_report.hh"

namespace mincs::marten {

class SecondLook {
 public:
    /// All must outlive it.
    SecondLook(db::Store& store, VerifyReport& report, bool repair, const StopSignals& stop)
        : store_(store), report_(report), repair_(repair), stop_(stop) {}

    /// The image with its config and manifest, repaired if they needed it. Nothing where the image
    /// has gone meanwhile.
    std::optional<StoredImage> look_at_documents(const std::string& id);
    /// A part that was checked, of these images; parts that others depend on come first.
    void look_at_part(Part& part, const std::vector<StoredImage>& images);

 private:
    using Images = std::vector<const StoredImage*>;

    /// The config where one of its two copies is sound.
    std::optional<std::string> sound_config(const db::Image& image) const;
    bool documents_are_sound(const db::Image& image) const;
    void repair_config(const StoredImage& image);
    void repair_manifest(const StoredImage& image);
    /// False where the layer cannot be compared with its blob.
    bool look_at_blob(const Part& part, const Images& images);
    void look_at_layer(Part& part, const db::Layer& recorded);
    /// False where the layers that it depends on are gone or damaged, and so prove nothing.
    bool can_be_settled(const Part& part) const;
    void tell(const std::vector<layer::Difference>& differences);
    /// As a pull does. Fills in what `row` says about the files.
    void unpack(Part& part, const std::filesystem::path& directory, db::Layer& row);
    /// From any registry that the images' names tell, into the store.
    void refetch(const KeptBlob& blob, const Images& images, bool is_manifest = false);
    void fetch_from(const registry::Reference& reference, const KeptBlob& blob, bool is_manifest,
                    const std::filesystem::path& path);
    /// `repair` throws Error where it cannot be done.
    template <typename Repair>
    bool try_to_repair(std::string_view how, const Repair& repair);
    KeptBlob kept(const Digest& digest) const;

    db::KeyLocks lock(const std::vector<std::string>& keys) const;
    std::filesystem::path new_path();
    const db::Staging& staging();
    registry::Client& client();

    db::Store& store_;
    VerifyReport& report_;
    bool repair_;
    const StopSignals& stop_;
    std::optional<db::Staging> staging_;  ///< made when something is to be made anew
    std::unique_ptr<registry::Client> client_;
    int made_ = 0;
    std::set<std::string> damaged_;  ///< keys of layers that are
};

}  // namespace mincs::marten
