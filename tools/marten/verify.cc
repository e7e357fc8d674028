// marten verify: proves the store against the digests that registries vouch for. The first look
// reads everything, all cores at once and without a lock, so that nobody waits; what seems damaged
// gets a second one (verify_repair). execute() at the end is the whole story.
#include <sys/resource.h>

#include <algorithm>

#include "libcore/base/log.hh"
#include "libcore/base/units.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/verify_repair.hh"

namespace mincs::marten {
namespace {

/// A layer may have hundreds of directories in one another, each open while what is below is looked
/// at, and several layers are looked at together.
void allow_many_files() {
    rlimit limit = {};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// Whole IDs.
std::vector<std::string> chosen_images(db::Store& store, const std::vector<std::string>& typed) {
    std::vector<std::string> ids;
    if (typed.empty())
        for (const db::ImageSummary& image : db::list_images(store)) ids.push_back(image.id);
    for (const std::string& name : typed)
        if (const std::string id = db::get_image(store, name).id;
            std::find(ids.begin(), ids.end(), id) == ids.end())
            ids.push_back(id);
    return ids;
}

void check_database(db::Store& store, VerifyReport& report) {
    for (const std::string& line : db::database_damage(store)) {
        report.begin("database", store.layout().database().filename().native());
        report.damage(printable(line));
    }
}

void tell_ownerless(db::Store& store) {
    const db::Ownerless found = db::count_ownerless(store);
    if (found.layers + found.blobs > 0)
        write_log_line("",
                       fmt::format("{} layers and {} blobs belong to no image: unfinished work, "
                                   "or garbage that the next command that writes takes",
                                   found.layers, found.blobs));
}

void first_look(std::vector<Part>& parts, bool quiet, const StopSignals& stop) {
    std::int64_t total = 0;
    for (const Part& part : parts) total += part.blob.size;
    // Lines of a progress that is one task would say nothing.
    Progress progress(Progress::style_for_stderr(quiet) == Progress::Style::kTerminal
                          ? Progress::Style::kTerminal
                          : Progress::Style::kQuiet);
    const Progress::Task task = progress.start("verifying", total);
    check_parts(parts, task, stop);
    task.finish("read");
}

std::string sums(const std::vector<StoredImage>& images, const std::vector<Part>& parts) {
    std::int64_t layers = 0, entries = 0, bytes = 0;
    for (const Part& part : parts) {
        layers += part.key.empty() ? 0 : 1;
        entries += part.counted.entries;
        bytes += part.blob.size;
    }
    const auto count = [](std::int64_t number, std::string_view what) {
        return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
    };
    return fmt::format("{}, {}, {} and {} of blobs looked at",
                       count(static_cast<std::int64_t>(images.size()), "image"),
                       count(layers, "layer"), count(entries, "file"), format_size(bytes));
}

/// Throws where something is damaged still.
void conclude(const VerifyReport& report, const std::string& looked_at, bool repair, bool quiet) {
    const std::int64_t left = report.things() - report.repairs();
    if (left > 0)
        throw Error("{}: {} {} damaged", looked_at, left, left == 1 ? "thing is" : "things are")
            .with_hint(repair
                           ? "'marten rmi IMAGE' removes what cannot be repaired, to be pulled or "
                             "imported again"
                           : "'marten verify --repair' makes whole what can be");
    if (quiet) return;
    const std::string outcome = report.things() == 0 ? "all is as it was sent"
                                                     : fmt::format("{} repaired", report.repairs());
    write_log_line("", fmt::format("{}: {}", looked_at, outcome));
}

}  // namespace

void execute(const VerifyOptions& options, const StopSignals& stop) {
    allow_many_files();
    db::Store store = options.repair ? open_for_writing() : open_for_reading();
    VerifyReport report;
    SecondLook second_look(store, report, options.repair, stop);
    if (options.images.empty()) check_database(store, report);

    std::vector<StoredImage> images;
    for (const std::string& id : chosen_images(store, options.images))
        if (auto stored = second_look.look_at_documents(id)) images.push_back(std::move(*stored));
    VerifyPlan plan = plan_verification(store, images, stop);
    for (const std::string& line : plan.contradictions) {
        report.begin("database", "contradiction");
        report.damage(line);
    }
    first_look(plan.parts, options.quiet, stop);
    for (Part& part : plan.parts) {
        stop.check();
        second_look.look_at_part(part, images);
    }
    if (options.images.empty() && !options.quiet) tell_ownerless(store);
    conclude(report, sums(images, plan.parts), options.repair, options.quiet);
}

}  // namespace mincs::marten
