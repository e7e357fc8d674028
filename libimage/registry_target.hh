// One reference of a registry as a target. Blobs that the registry has in another repository are
// mounted from there and not sent.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libimage/target.hh"

namespace mincs::image {

/// A repository of the target's registry that may have the blob; empty: none is known.
/// Thread-safe.
using MountFrom = std::function<std::string(const Descriptor&)>;

class RegistryTarget : public Target {
 public:
    /// `client` outlives the target.
    RegistryTarget(registry::Client& client, registry::Reference reference, MountFrom mount_from);
    const std::string& name() const override { return name_; }
    std::size_t blobs_at_once() const override { return 3; }
    bool takes_indexes() const override { return true; }
    BlobOutcome put_blob(Source& source, const Descriptor& descriptor) override;
    /// The name is the reference's, whatever `names` are: a registry's image has one.
    void put_document(const Document& document, const std::vector<std::string>& names,
                      bool is_root) override;
    /// There is nothing to do: the manifest was the last step.
    void finish() override {}

 private:
    registry::Client& client_;
    registry::Reference reference_;
    MountFrom mount_from_;
    std::string name_;
};

}  // namespace mincs::image
