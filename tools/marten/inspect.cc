// marten inspect: all about images and containers, as one JSON list.
#include <sched.h>

#include <cstdio>
#include <filesystem>

#include "db/mounts.hh"
#include "libcore/base/json.hh"
#include "librun/notes.hh"
#include "librun/spec_file.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/make_image.hh"
#include "tools/marten/merged_view.hh"
#include "tools/marten/running.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

Json mount_point(const db::Store& store, const std::string& id) {
    return db::is_mounted(store, id) ? Json(store.layout().mount(id).native()) : Json();
}

Json describe_layers(db::Store& store, const db::Image& image) {
    const registry::Manifest manifest = manifest_of(store, image);
    Json list = Json::array();
    std::size_t next = 0;
    for (const db::Layer& layer : db::stack_of_image(store, image.id)) {
        Json& made =
            list.emplace_back(Json{{"key", layer.key},
                                   {"diff_id", layer.diff_id.to_string()},
                                   {"size", layer.size},
                                   {"entries", layer.entries},
                                   {"directory", store.layout().layer(layer.key).native()}});
        made["disk"] = layer.disk ? Json(*layer.disk) : Json();
        if (next == manifest.layers.size()) continue;
        const registry::Descriptor& blob = manifest.layers[next++];
        made["blob"] = {{"digest", blob.digest.to_string()},
                        {"size", blob.size},
                        {"media_type", blob.media_type}};
    }
    return list;
}

Json describe(db::Store& store, const db::Image& image) {
    const Json config =
        parse_json(image.config, fmt::format("the config of '{}'", db::short_id(image.id)));
    Json made = {{"type", "image"},
                 {"id", image.id},
                 {"names", image.names},
                 {"manifest", image.manifest_digest},
                 {"size", image.size},
                 {"created_at", image.created_at},
                 {"layers", describe_layers(store, image)},
                 {"mounted", mount_point(store, image.id)}};
    for (const char* key :
         {"architecture", "author", "config", "created", "history", "os", "variant"})
        if (const auto member = config.find(key); member != config.end()) made[key] = *member;
    return made;
}

/// The kind of its last run's network, and of a bridge what it has there. Addresses are its own
/// only while it runs.
Json describe_network(const db::Store& store, const db::Container& container) {
    const db::ContainerDirectory directory(store.layout().container(container.id));
    if (!std::filesystem::exists(directory.spec())) return nullptr;
    const container::ContainerSpec spec = run::read_spec(store.layout(), container, false);
    if (!spec.linux.network) {
        const bool is_hosts = !(spec.linux.namespaces & CLONE_NEWNET);
        return {{"kind", is_hosts ? "host" : spec.linux.loopback ? "none" : "raw"}};
    }
    Json network = parse_json(to_text(*spec.linux.network), "a network");
    for (const char* key : {"owner", "table", "resolver"}) network.erase(key);
    if (!container.running)
        for (const char* key : {"address4", "address6", "interface"}) network.erase(key);
    return network;
}

Json describe(db::Store& store, const db::Container& container) {
    const db::ContainerDirectory directory(store.layout().container(container.id));
    const auto& run = container.last_run;
    return {{"type", "container"},
            {"id", container.id},
            {"name", container.name},
            {"running", container.running},
            {"pid", container.pid},
            {"state", state_of(container)},
            {"exit_status", run && run->exit_status ? Json(*run->exit_status) : Json()},
            {"started_at", run ? Json(run->started_at) : Json()},
            {"finished_at", run && run->exit_status ? Json(run->finished_at) : Json()},
            {"image", container.image_id},
            {"root", container.root},
            {"command", container.command},
            {"memo", run::read_notes(directory).memo.value_or("")},
            {"created_at", container.created_at},
            {"below", directories_below(store, container)},
            {has_copy(store, container) ? "copy" : "upper",
             has_copy(store, container) ? directory.copy().native() : directory.storage().native()},
            {"directory", directory.base.native()},
            {"network", describe_network(store, container)},
            {"mounted", mount_point(store, container.id)}};
}

std::string text_of(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_null() ? "-" : dump_json(value);
}

/// Members by name, those of objects as "config.Cmd".
void flatten(const Json& object, const std::string& prefix, std::vector<std::string>& fields,
             std::vector<std::string>& texts) {
    for (const auto& [key, value] : object.items()) {
        fields.push_back(prefix + key);
        texts.push_back(text_of(value));
        if (value.is_object()) flatten(value, prefix + key + ".", fields, texts);
    }
}

}  // namespace

void execute(const InspectOptions& options, const StopSignals&) {
    if (options.format == "table")
        throw UsageError("inspect prints no table")
            .with_hint("--format json, or '{id} {config.Cmd}'");
    db::Store store = open_for_reading();
    Json list = Json::array();
    for (const std::string& typed : options.things)
        list.push_back(std::visit([&](const auto& it) { return describe(store, it); },
                                  get_thing(store, typed)));
    std::string text;
    if (options.format == "json") text = dump_json(list, 2) + "\n";
    for (const Json& thing : list) {
        if (options.format == "json") break;
        std::vector<std::string> fields, texts;
        flatten(thing, "", fields, texts);
        text += LineTemplate(options.format, fields).line(texts);
    }
    std::fputs(text.c_str(), stdout);
}

}  // namespace mincs::marten
