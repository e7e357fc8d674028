// See lookups.hh. An answer's file: a line that names the format, a checksum of all behind it
// (nobody waits for the disk here, so a power cut leaves anything), the stamp, what was typed, the
// image's ID, its layers, and the config to the end. There are at most kSlots of them, chosen by
// what was typed; the last one wins.
#include "db/lookups.hh"

#include <sys/stat.h>

#include <chrono>
#include <functional>

#include "db/images.hh"
#include "libcore/base/files.hh"

namespace mincs::db {
namespace {

namespace stdfs = std::filesystem;

constexpr std::string_view kFormat = "mincs image 1";
constexpr std::size_t kSlots = 256;
constexpr std::size_t kLongestAnswer = 256 * 1024;
constexpr std::size_t kLogHeader = 32;  // sqlite.org/fileformat2.html, section 4.1
/// Two changes in one tick of the kernel's clock leave the same time: a file that changed just now
/// is not remembered.
constexpr std::chrono::milliseconds kSettled{100};

struct Stamp {
    std::string text;
    timespec changed = {};  ///< the later change of the two files
};

bool is_later(const timespec& one, const timespec& other) {
    return one.tv_sec != other.tv_sec ? one.tv_sec > other.tv_sec : one.tv_nsec > other.tv_nsec;
}

std::size_t hash_of(std::string_view text) {
    return std::hash<std::string_view>()(text);
}

/// The log begins anew over its old frames after it was copied; then its header has other numbers.
std::size_t hash_of_log_header(const stdfs::path& path) {
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char header[kLogHeader] = {};
    const ssize_t got = file ? pread(file.get(), header, sizeof header, 0) : 0;
    return hash_of({header, static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
}

std::optional<Stamp> stamp_of(const Layout& layout) {
    Stamp stamp;
    struct stat info;
    if (stat(layout.database().c_str(), &info) == -1) return std::nullopt;
    stamp.changed = info.st_ctim;
    stamp.text = fmt::format("{} {} {} {}.{}", info.st_dev, info.st_ino, info.st_size,
                             info.st_ctim.tv_sec, info.st_ctim.tv_nsec);
    const stdfs::path log = layout.database().native() + "-wal";
    if (stat(log.c_str(), &info) == -1) return stamp;
    // Not its ctime: SQLite sets the log's owner whenever it opens it.
    if (is_later(info.st_mtim, stamp.changed)) stamp.changed = info.st_mtim;
    stamp.text += fmt::format(" {} {} {}.{}", info.st_ino, info.st_size, info.st_mtim.tv_sec,
                              info.st_mtim.tv_nsec);
    if (info.st_size > 0) stamp.text += fmt::format(" {:x}", hash_of_log_header(log));
    return stamp;
}

bool is_settled(const timespec& changed) {
    using namespace std::chrono;
    const auto since = system_clock::now().time_since_epoch() - seconds(changed.tv_sec) -
                       nanoseconds(changed.tv_nsec);
    return since > kSettled;
}

stdfs::path answer_path(const Layout& layout, std::string_view typed) {
    return layout.lookups() / fmt::format("{:02x}", hash_of(typed) % kSlots);
}

/// Takes a line off the front; nothing where there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

std::vector<std::string> words(std::string_view line) {
    std::vector<std::string> found;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        found.emplace_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return found;
}

std::string answer_text(const ImageToRun& image, const std::string& stamp, std::string_view typed) {
    std::string layers;
    for (const std::string& layer : image.layers) layers += (layers.empty() ? "" : " ") + layer;
    const std::string body =
        fmt::format("{}\n{}\n{}\n{}\n{}", stamp, typed, image.id, layers, image.config);
    return fmt::format("{}\n{:x}\n{}", kFormat, hash_of(body), body);
}

std::optional<ImageToRun> parse_answer(std::string_view text, std::string_view stamp,
                                       std::string_view typed) {
    if (take_line(text) != kFormat) return std::nullopt;
    const auto checksum = take_line(text);
    if (checksum != fmt::format("{:x}", hash_of(text)) || take_line(text) != stamp ||
        take_line(text) != typed)
        return std::nullopt;
    const auto id = take_line(text);
    const auto layers = take_line(text);
    if (!id || !layers) return std::nullopt;
    return ImageToRun{std::string(*id), words(*layers), std::string(text), std::string(stamp)};
}

/// Where that fails the next one asks again, ignoring.
void remember(const Layout& layout, const std::string& text, std::string_view typed) {
    if (text.size() > kLongestAnswer || typed.find('\n') != std::string_view::npos) return;
    try {
        make_directories(layout.lookups(), 0700);
        replace_file(answer_path(layout, typed), text, 0600);
    } catch (const Error&) {
    }
}

}  // namespace

std::optional<ImageToRun> find_image_to_run(Store& store, std::string_view name_or_id) {
    const Layout& layout = store.layout();
    const auto before = stamp_of(layout);
    if (before)
        if (const auto text = read_file_if_exists(answer_path(layout, name_or_id)))
            if (auto known = parse_answer(*text, before->text, name_or_id)) return known;
    auto image = find_image(store, name_or_id);
    if (!image) return std::nullopt;
    ImageToRun answer{std::move(image->id), std::move(image->layers), std::move(image->config), ""};
    if (before && is_settled(before->changed) && is_unchanged(layout, before->text))
        remember(layout, answer_text(answer, before->text, name_or_id), name_or_id);
    return answer;
}

bool is_unchanged(const Layout& layout, const std::string& stamp) {
    if (stamp.empty()) return false;
    const auto now = stamp_of(layout);
    return now && now->text == stamp;
}

}  // namespace mincs::db
