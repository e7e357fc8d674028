// See config_document.hh.
#include "tools/marten/config_document.hh"

#include "db/image_config.hh"
#include "libcore/base/error.hh"
#include "libcore/base/json.hh"
#include "libcore/base/timestamps.hh"
#include "libregistry/manifest.hh"

namespace mincs::marten {
namespace {

/// What docker wrote about the build container; of no meaning for what grows out of the image.
constexpr const char* kNotInherited[] = {
    "container", "container_config", "docker_version", "id",      "parent",
    "parent_id", "throwaway",        "Size",           "comment", "moby.buildkit.buildinfo.v1"};

/// The member as an object or list, made where it is missing or null.
Json& member(Json& object, const char* key, Json::value_t type, std::string_view what) {
    Json& value = object[key];
    if (value.is_null()) value = Json(type);
    if (value.type() != type)
        throw Error("{}: '{}' is no {}", what, key,
                    type == Json::value_t::array ? "list" : "object");
    return value;
}

}  // namespace

ConfigDocument::ConfigDocument(Json document)
    : document_(std::make_unique<Json>(std::move(document))),
      created_(to_rfc3339(creation_time())) {
    (*document_)["created"] = created_;
}

ConfigDocument::ConfigDocument(ConfigDocument&&) noexcept = default;
ConfigDocument::~ConfigDocument() = default;

ConfigDocument ConfigDocument::fresh() {
    const registry::Platform host = registry::Platform::host();
    Json document = {
        {"architecture", host.architecture},
        {"os", host.os},
        {"config",
         {{"Env", {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}},
          {"Cmd", {"/bin/sh"}}}},
        {"rootfs", {{"type", "layers"}, {"diff_ids", Json::array()}}},
        {"history", Json::array()},
    };
    if (!host.variant.empty()) document["variant"] = host.variant;
    return ConfigDocument(std::move(document));
}

ConfigDocument ConfigDocument::grown_from(std::string_view config, std::string_view what) {
    db::ImageConfig::parse(config, what);  // rootfs and its diff_ids are sound from here
    Json document = parse_json(config, what);
    for (const char* key : kNotInherited) document.erase(key);
    member(document, "config", Json::value_t::object, what);
    for (const Json& entry : member(document, "history", Json::value_t::array, what))
        if (!entry.is_object()) throw Error("{}: an entry of its history is no object", what);
    return ConfigDocument(std::move(document));
}

void ConfigDocument::append_history(const HistoryEntry& entry, bool is_empty) {
    Json made = {{"created", created_}, {"created_by", entry.created_by}};
    if (!entry.author.empty()) made["author"] = entry.author;
    if (!entry.comment.empty()) made["comment"] = entry.comment;
    if (is_empty) made["empty_layer"] = true;
    (*document_)["history"].push_back(std::move(made));
}

void ConfigDocument::add_layer(const Digest& diff_id, const HistoryEntry& entry) {
    (*document_)["rootfs"]["diff_ids"].push_back(diff_id.to_string());
    append_history(entry, false);
}

void ConfigDocument::add_step(const HistoryEntry& entry) {
    append_history(entry, true);
}

void ConfigDocument::flatten(const Digest& diff_id, const HistoryEntry& entry) {
    for (Json& earlier : (*document_)["history"]) earlier["empty_layer"] = true;
    (*document_)["rootfs"]["diff_ids"] = Json::array();
    add_layer(diff_id, entry);
}

void ConfigDocument::set_author(const std::string& author) {
    (*document_)["author"] = author;
}

Json& ConfigDocument::run_config() {
    return (*document_)["config"];
}

std::string ConfigDocument::text() const {
    return dump_json(*document_);
}

}  // namespace mincs::marten
