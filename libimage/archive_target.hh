// An archive as a target: the tar of an OCI layout. A docker-archive is the same with a
// manifest.json, as docker writes it since version 25: its layers are the compressed blobs, so
// digests survive, and every reader of docker-archives finds its way by manifest.json. The same
// images give the same bytes: no times, no owners.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "libcore/layer/tar_writer.hh"
#include "libimage/layout_index.hh"
#include "libimage/output_file.hh"
#include "libimage/target.hh"

namespace mincs::image {

enum class ArchiveForm { kOci, kDocker };

class ArchiveTarget : public Target {
 public:
    /// `path`: a file or "-". `tag`: the ref.name of the one image; empty: each gets its names.
    ArchiveTarget(ArchiveForm form, const std::string& path, std::string tag = {});

    const std::string& name() const override { return file_.name(); }
    std::size_t blobs_at_once() const override { return 1; }
    bool takes_indexes() const override { return form_ == ArchiveForm::kOci; }
    BlobOutcome put_blob(Source& source, const Descriptor& descriptor) override;
    void put_document(const Document& document, const std::vector<std::string>& names,
                      bool is_root) override;
    void finish() override;

 private:
    struct DockerItem {
        Descriptor config;
        std::vector<std::string> names;
        std::vector<Descriptor> layers;
    };
    void begin_file(const std::string& path, std::int64_t size);
    void write_file(const std::string& path, std::string_view content);
    void begin_blob(const Digest& digest, std::int64_t size);
    std::string docker_manifest() const;

    ArchiveForm form_;
    std::string tag_;
    OutputFile file_;
    layer::TarSink sink_;
    layer::TarWriter tar_;
    std::set<std::string> directories_;
    std::set<Digest> blobs_;
    LayoutIndex index_;
    std::vector<DockerItem> docker_items_;
};

}  // namespace mincs::image
