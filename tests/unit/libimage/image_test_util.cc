// See image_test_util.hh.
#include "tests/unit/libimage/image_test_util.hh"

#include <sys/mman.h>

namespace mincs::image {
namespace {

std::string json_of(const Descriptor& descriptor, const std::string& more = "") {
    std::string json =
        fmt::format(R"("mediaType":"{}","digest":"{}","size":{})", descriptor.media_type,
                    descriptor.digest.to_string(), descriptor.size);
    if (descriptor.platform)
        json += fmt::format(R"(,"platform":{{"os":"{}","architecture":"{}"}})",
                            descriptor.platform->os, descriptor.platform->architecture);
    if (!more.empty()) json += "," + more;
    return "{" + json + "}";
}

}  // namespace

Descriptor add_blob(Files& files, const std::string& data, std::string media_type) {
    const Descriptor descriptor = describe(data, std::move(media_type));
    files["blobs/sha256/" + descriptor.digest.hex()] = data;
    return descriptor;
}

std::string config_of(const std::vector<std::string>& plain_layers) {
    std::string diff_ids;
    for (const std::string& layer : plain_layers)
        diff_ids +=
            fmt::format("{}\"{}\"", diff_ids.empty() ? "" : ",", Digest::of(layer).to_string());
    return fmt::format(
        R"({{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":[{}]}}}})",
        diff_ids);
}

Descriptor add_image(Files& files, const std::string& layer) {
    const Descriptor config = add_blob(files, config_of({layer}), kOciConfigType);
    const Descriptor blob = add_blob(files, layer, std::string(kOciLayerType) + "+gzip");
    const Document manifest = make_manifest(config, {blob});
    return add_blob(files, manifest.raw, kOciManifestType);
}

std::string index_of(const std::vector<Descriptor>& manifests) {
    std::string list;
    for (const Descriptor& manifest : manifests)
        list += (list.empty() ? "" : ",") + json_of(manifest);
    return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})", kOciIndexType,
                       list);
}

std::string annotations(const std::string& image_name, const std::string& ref_name) {
    return fmt::format(
        R"("annotations":{{"io.containerd.image.name":"{}","org.opencontainers.image.ref.name":"{}"}})",
        image_name, ref_name);
}

void add_index(Files& files, const std::vector<std::pair<Descriptor, std::string>>& entries) {
    std::string list;
    for (const auto& [descriptor, more] : entries)
        list += (list.empty() ? "" : ",") + json_of(descriptor, more);
    files["index.json"] = fmt::format(R"({{"schemaVersion":2,"manifests":[{}]}})", list);
    files["oci-layout"] = R"({"imageLayoutVersion":"1.0.0"})";
}

Files one_image_layout(const std::string& layer) {
    Files files;
    const Descriptor manifest = add_image(files, layer);
    add_index(files, {{manifest, annotations("localhost/one:latest", "latest")}});
    return files;
}

std::string tar_of(const Files& files) {
    TarBuilder tar;
    for (const auto& [name, content] : files) tar.file(name, content);
    return tar.bytes();
}

void write_files(const std::filesystem::path& directory, const Files& files) {
    for (const auto& [name, content] : files) {
        make_directories((directory / name).parent_path());
        write_file_atomic(directory / name, content);
    }
}

Fd file_with(std::string_view bytes) {
    Fd fd(check(memfd_create("archive", MFD_CLOEXEC), "making a file"));
    write_all(fd.get(), bytes, "archive");
    check(lseek(fd.get(), 0, SEEK_SET), "rewinding");
    return fd;
}

std::shared_ptr<const Members> members_of(std::string_view tar) {
    Fd fd = file_with(tar);
    auto index = layer::index_tar(fd.get(), "'x.tar'");
    return std::make_shared<TarMembers>(std::move(fd), std::move(*index), "'x.tar'");
}

std::string fetch(Source& source, const Descriptor& descriptor) {
    std::string blob;
    source.fetch_blob(descriptor, [&](std::string_view piece) { blob += piece; });
    return blob;
}

}  // namespace mincs::image
