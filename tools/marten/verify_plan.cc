// See verify_plan.hh.
#include "tools/marten/verify_plan.hh"

#include <algorithm>
#include <map>
#include <set>

#include "libcore/layer/inflate.hh"

namespace mincs::marten {
namespace {

/// Which layer a blob is; nothing where it is none or damaged.
std::optional<Digest> diff_id_of(const KeptBlob& blob, const StopSignals& stop) {
    try {
        BlobReader reader(blob, stop);
        Hasher hasher;
        layer::Inflater inflater([&](std::string_view plain) { hasher.update(plain); });
        for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
            inflater.write(piece);
        inflater.finish();
        return hasher.finish();
    } catch (const Error&) {
        stop.check();
        return std::nullopt;
    }
}

class Planner {
 public:
    Planner(db::Store& store, const StopSignals& stop) : store_(store), stop_(stop) {}

    void add(const StoredImage& image, std::size_t index) {
        owner_ = index;
        std::vector<db::Layer> stack;
        std::map<std::string, std::int64_t> blobs;  // those of layers
        if (!read_rows(image, stack, blobs)) return;
        if (image.manifest) look_for_rows(image, blobs);
        blobs.erase("sha256:" + image.image.id);
        blobs.erase(image.image.manifest_digest);
        const bool is_alike = !image.config || has_layers(stack, image.config->diff_ids);
        if (!is_alike) contradict(image, "its config names other layers than the database");
        if (is_alike && image.manifest && image.manifest->layers.size() == stack.size()) {
            for (std::size_t i = 0; i < stack.size(); ++i)
                add_layer(stack, i,
                          kept(image.manifest->layers[i].digest, image.manifest->layers[i].size));
        } else {
            add_by_content(stack, blobs);
        }
        for (const auto& [digest, size] : blobs) add_blob(kept(Digest::parse(digest), size));
    }
    VerifyPlan take() { return std::move(plan_); }

 private:
    /// All as of one moment. False where the image is no longer the one whose documents were read.
    bool read_rows(const StoredImage& image, std::vector<db::Layer>& stack,
                   std::map<std::string, std::int64_t>& blobs) {
        const db::Snapshot moment(store_.database());
        const auto row = db::find_image_row(store_, image.image.id);
        if (!row || row->manifest_digest != image.image.manifest_digest) return false;
        stack = db::stack_of_image(store_, image.image.id);
        for (const db::BlobRow& blob : db::blobs_of_image(store_, image.image.id))
            blobs.emplace(blob.digest, blob.size);
        return true;
    }

    static bool has_layers(const std::vector<db::Layer>& stack, const std::vector<Digest>& ids) {
        return std::equal(
            stack.begin(), stack.end(), ids.begin(), ids.end(),
            [](const db::Layer& layer, const Digest& id) { return layer.diff_id == id; });
    }
    KeptBlob kept(const Digest& digest, std::int64_t size) const {
        return {digest, size, store_.layout().blob(digest)};
    }
    void contradict(const StoredImage& image, std::string_view what) {
        plan_.contradictions.push_back(fmt::format("{}: {}", image.label, what));
    }

    /// What no row names a sweep would take.
    void look_for_rows(const StoredImage& image, const std::map<std::string, std::int64_t>& rows) {
        for (const auto& layer : image.manifest->layers)
            if (!rows.contains(layer.digest.to_string()))
                contradict(image, fmt::format("the database does not name its blob {}",
                                              layer.digest.to_string()));
    }

    /// Without a manifest only the blobs themselves tell which layer each is. A single one that
    /// tells nothing can only be the layer that is left.
    void add_by_content(const std::vector<db::Layer>& stack,
                        const std::map<std::string, std::int64_t>& blobs) {
        std::map<Digest, KeptBlob> by_diff_id;
        std::vector<KeptBlob> mute;
        for (const auto& [digest, size] : blobs) {
            const KeptBlob blob = kept(Digest::parse(digest), size);
            if (const auto diff_id = diff_id_of(blob, stop_))
                by_diff_id.emplace(*diff_id, blob);
            else
                mute.push_back(blob);
        }
        const auto has_no_blob = [&](const db::Layer& layer) {
            return !by_diff_id.contains(layer.diff_id);
        };
        if (mute.size() == 1 && std::count_if(stack.begin(), stack.end(), has_no_blob) == 1)
            by_diff_id.emplace(std::find_if(stack.begin(), stack.end(), has_no_blob)->diff_id,
                               mute.front());
        for (std::size_t i = 0; i < stack.size(); ++i)
            add_layer(stack, i,
                      has_no_blob(stack[i]) ? KeptBlob() : by_diff_id.at(stack[i].diff_id));
    }

    void add_layer(const std::vector<db::Layer>& stack, std::size_t position,
                   const KeptBlob& blob) {
        const db::Layer& layer = stack[position];
        const auto [known, is_new] = layers_.try_emplace(layer.key, plan_.parts.size());
        if (!is_new) {
            add_owner(plan_.parts[known->second]);
            // The same layer may have been compressed twice.
            if (!blob.digest.empty()) add_blob(blob);
            return;
        }
        if (!blob.digest.empty()) blobs_.emplace(blob.digest, plan_.parts.size());
        Part& part = plan_.parts.emplace_back();
        part.blob = blob;
        part.key = layer.key;
        part.diff_id = layer.diff_id;
        part.directory = store_.layout().layer(layer.key);
        part.depends = layer.depends;
        if (layer.depends)
            part.below = db::visible_layers(
                {stack.begin(), stack.begin() + static_cast<std::ptrdiff_t>(position)});
        add_owner(part);
    }
    void add_blob(const KeptBlob& blob) {
        const auto [known, is_new] = blobs_.try_emplace(blob.digest, plan_.parts.size());
        if (is_new) plan_.parts.emplace_back().blob = blob;
        add_owner(plan_.parts[known->second]);
    }
    void add_owner(Part& part) const {
        if (part.owners.empty() || part.owners.back() != owner_) part.owners.push_back(owner_);
    }

    db::Store& store_;
    const StopSignals& stop_;
    VerifyPlan plan_;
    std::size_t owner_ = 0;
    std::map<std::string, std::size_t> layers_;  ///< by key: the index of the part
    std::map<Digest, std::size_t> blobs_;
};

}  // namespace

VerifyPlan plan_verification(db::Store& store, const std::vector<StoredImage>& images,
                             const StopSignals& stop) {
    Planner planner(store, stop);
    for (std::size_t i = 0; i < images.size(); ++i) planner.add(images[i], i);
    return planner.take();
}

}  // namespace mincs::marten
