// marten commit: what a container changed becomes a layer on top of its image's. A container that
// was made from a directory or the host has no layers below: its whole root becomes the one layer,
// as an image must be complete in itself; so it does with --squash, and where it stands on several
// images.
#include <cstdio>
#include <map>

#include "libcore/base/log.hh"
#include "libcore/layer/changes.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/config_changes.hh"
#include "tools/marten/config_document.hh"
#include "tools/marten/host_root.hh"
#include "tools/marten/image_name.hh"
#include "tools/marten/make_image.hh"
#include "tools/marten/merged_view.hh"
#include "tools/marten/paused.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

class Commit {
 public:
    Commit(db::Store& store, const CommitOptions& options, std::vector<ConfigChange> changes)
        : store_(store),
          options_(options),
          changes_(std::move(changes)),
          hold_(store, db::get_container(store, options.container)) {
        recipe_.action = fmt::format("committing '{}'", hold_.label());
        const db::Container& container = hold_.container();
        const bool is_stack = !container.parts.empty();
        const std::string& image = is_stack ? container.parts.front().image_id : container.image_id;
        if (!image.empty()) recipe_.base = db::get_image(store, image);
        is_whole_ = options.squash || !recipe_.base || is_stack;
    }

    std::string run(const StopSignals& stop) {
        if (hold_.is_live() && !is_paused(hold_.container()) && !options_.quiet)
            warning(
                "the container '{}' may be changing: what is there now is committed; "
                "'marten pause' would hold it still",
                hold_.label());
        const db::Staging staging = db::Staging::create(store_);
        if (is_whole_ || has_changes())
            recipe_.layer = make_layer(open_tree(), layer_recipe(), staging, stop);
        hold_.check_still_there();
        recipe_.config = describe();
        if (is_whole_) recipe_.base.reset();
        return make_image(store_, staging, recipe_, stop);
    }

    void set_name(const std::string& name) { recipe_.names = {name}; }

 private:
    std::string upper() const {
        return db::ContainerDirectory(store_.layout().container(hold_.container().id)).storage();
    }
    fs::RootDir open_tree() const {
        const bool as_it_was_seen = is_whole_ || has_changed_;
        return as_it_was_seen ? open_root(store_, hold_) : fs::RootDir::open(upper());
    }

    LayerRecipe layer_recipe() const {
        LayerRecipe recipe{recipe_.action, {}, options_.quiet};
        recipe.pack.live = hold_.is_live();
        recipe.pack.is_upper = !is_whole_;
        recipe.pack.is_merged = is_whole_ || has_changed_;
        if (has_changed_) recipe.pack.changes = &changed_;
        if (is_of_the_host(hold_.container())) recipe.pack.exclude = not_of_the_host(store_);
        return recipe;
    }

    bool has_changes() {
        if (has_copy(store_, hold_.container()) || hold_.is_served()) return find_whole_changes();
        const fs::RootDir below = open_root(store_, *recipe_.base);
        bool found = false;
        layer::changes_in_upper(fs::RootDir::open(upper()), &below, [&](const layer::Change&) {
            found = true;
            return false;
        });
        return found;
    }

    /// They are what is packed of the whole root, with the directories above them.
    bool find_whole_changes() {
        tell_changes(store_, hold_, [&](const layer::Change& change) {
            const std::string path = change.path.substr(1);
            for (std::size_t end = 0; (end = path.find('/', end)) != std::string::npos; ++end)
                changed_.emplace(path.substr(0, end), false);
            if (change.kind == layer::ChangeKind::kRemoved)
                changed_.emplace(path, true);
            else if (!path.empty())
                changed_.emplace(path, false);
            has_changed_ = true;
            return true;
        });
        return has_changed_;
    }

    std::string describe() const {
        ConfigDocument config =
            recipe_.base ? ConfigDocument::grown_from(recipe_.base->config, recipe_.action)
                         : ConfigDocument::fresh();
        const HistoryEntry entry{hold_.container().command, options_.author, options_.message};
        if (!recipe_.layer)
            config.add_step(entry);
        else if (is_whole_)
            config.flatten(recipe_.layer->layer.diff_id, entry);
        else
            config.add_layer(recipe_.layer->layer.diff_id, entry);
        if (!options_.author.empty()) config.set_author(options_.author);
        apply_changes(changes_, config.run_config());
        for (const ConfigChange& change : changes_) config.add_step({change.text(), "", ""});
        return config.text();
    }

    db::Store& store_;
    const CommitOptions& options_;
    std::vector<ConfigChange> changes_;
    ContainerHold hold_;
    ImageRecipe recipe_;
    bool is_whole_ = false;
    bool has_changed_ = false;  ///< only its whole root tells its changes, and in that …
    std::map<std::string, bool> changed_;  ///< … these paths; true: removed
};

}  // namespace

void execute(const CommitOptions& options, const StopSignals& stop) {
    std::vector<ConfigChange> changes(options.changes.begin(), options.changes.end());
    const std::string name = options.name.empty() ? "" : local_image_name(options.name);
    db::Store store = open_for_writing();
    Commit commit(store, options, std::move(changes));
    if (!name.empty()) commit.set_name(name);
    std::puts(commit.run(stop).c_str());
}

}  // namespace mincs::marten
