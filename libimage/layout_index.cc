// See layout_index.hh.
#include "libimage/layout_index.hh"

#include "libcore/base/json.hh"
#include "libregistry/reference.hh"

namespace mincs::image {
namespace {

Json entry_of(const Descriptor& descriptor) {
    Json entry = {{"mediaType", descriptor.media_type},
                  {"digest", descriptor.digest.to_string()},
                  {"size", descriptor.size}};
    if (descriptor.platform) {
        entry["platform"] = {{"os", descriptor.platform->os},
                             {"architecture", descriptor.platform->architecture}};
        if (!descriptor.platform->variant.empty())
            entry["platform"]["variant"] = descriptor.platform->variant;
    }
    return entry;
}

bool has_annotation(const Json& entry, const char* key, const std::string& value) {
    const auto annotations = entry.find("annotations");
    if (annotations == entry.end() || !annotations->is_object()) return false;
    const auto found = annotations->find(key);
    return found != annotations->end() && *found == Json(value);
}

bool is_named(const Json& entry) {
    const auto annotations = entry.find("annotations");
    return annotations != entry.end() && annotations->is_object() &&
           (annotations->contains(kRefName) || annotations->contains(kImageName));
}

}  // namespace

struct LayoutIndex::Impl {
    Json document = {{"schemaVersion", 2}, {"mediaType", kOciIndexType}};
    std::vector<Json> entries;

    template <typename Predicate>
    void remove(const Predicate& predicate) {
        std::erase_if(entries, predicate);
    }
    bool ref_is_taken(const std::string& ref) const {
        for (const Json& entry : entries)
            if (has_annotation(entry, kRefName, ref)) return true;
        return false;
    }
    /// The very image without a name says no more than one with a name.
    void remove_unnamed(const Descriptor& descriptor) {
        remove([&](const Json& entry) {
            return entry.value("digest", Json()) == Json(descriptor.digest.to_string()) &&
                   !is_named(entry);
        });
    }
};

LayoutIndex::LayoutIndex() : impl_(std::make_unique<Impl>()) {}

LayoutIndex::LayoutIndex(std::string_view raw, std::string_view what) : LayoutIndex() {
    registry::parse_index(raw, what);
    impl_->document = parse_json(raw, what);
    for (const Json& entry : impl_->document["manifests"]) impl_->entries.push_back(entry);
}

LayoutIndex::LayoutIndex(LayoutIndex&&) noexcept = default;

LayoutIndex::~LayoutIndex() = default;

void LayoutIndex::add(const Descriptor& descriptor, const std::vector<std::string>& names) {
    impl_->remove_unnamed(descriptor);
    if (names.empty()) impl_->entries.push_back(entry_of(descriptor));
    for (const std::string& name : names) {
        impl_->remove([&](const Json& entry) { return has_annotation(entry, kImageName, name); });
        Json entry = entry_of(descriptor);
        entry["annotations"][kImageName] = name;
        // The bare tag is what others look images up by, as long as it means one image only.
        const std::string tag = registry::Reference::parse(name).tag;
        const bool short_ref = !tag.empty() && !impl_->ref_is_taken(tag);
        if (short_ref || !impl_->ref_is_taken(name))
            entry["annotations"][kRefName] = short_ref ? tag : name;
        impl_->entries.push_back(std::move(entry));
    }
}

void LayoutIndex::add_tagged(const Descriptor& descriptor, const std::string& tag) {
    impl_->remove_unnamed(descriptor);
    impl_->remove([&](const Json& entry) { return has_annotation(entry, kRefName, tag); });
    Json entry = entry_of(descriptor);
    entry["annotations"][kRefName] = tag;
    impl_->entries.push_back(std::move(entry));
}

std::string LayoutIndex::to_json() const {
    Json document = impl_->document;
    document["manifests"] = impl_->entries;
    return dump_json(document);
}

}  // namespace mincs::image
