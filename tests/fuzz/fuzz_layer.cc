// A layer's tar, unpacked as root. Whatever it says, nothing beside its directory may be touched; a
// layer that was accepted must verify as itself, and survive being packed and unpacked again.
#include <sys/stat.h>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/layer/layer_apply.hh"
#include "libcore/layer/layer_pack.hh"
#include "libcore/layer/verify.hh"
#include "tests/fuzz/targets.hh"
#include "tests/support/tar_builder.hh"

namespace mincs::fuzz {
namespace {

namespace disk = std::filesystem;

const layer::ApplyLimits kLimits = {16 << 20, 200};

layer::TarSource source_of(std::string_view bytes, std::size_t piece) {
    return [rest = bytes, piece]() mutable {
        const std::string_view next = rest.substr(0, piece);
        rest.remove_prefix(next.size());
        return next;
    };
}

struct stat status_of(const disk::path& path) {
    struct stat status = {};
    check(lstat(path.c_str(), &status), "examining '{}'", path.string());
    return status;
}

/// Nobody can change a file and keep its ctime.
bool same(const struct stat& a, const struct stat& b) {
    return a.st_ino == b.st_ino && a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
           a.st_ctim.tv_nsec == b.st_ctim.tv_nsec && a.st_nlink == b.st_nlink;
}

/// Directories to unpack to, and beside them what must stay as it is.
class Place {
 public:
    Place() {
        make_directories(canary());
        write_file_atomic(canary() / "file", "canary");
        check(symlink("canary", (temp_.path() / "link").c_str()), "making a link");
        directory_ = status_of(canary());
        file_ = status_of(canary() / "file");
    }
    disk::path fresh(const char* name) const {
        const disk::path path = temp_.path() / name;
        remove_tree(path);
        make_directories(path, 0755);
        return path;
    }
    void check_untouched() const {
        expect(same(directory_, status_of(canary())) && same(file_, status_of(canary() / "file")),
               "nothing outside the layer is touched");
        for (const auto& entry : disk::directory_iterator(temp_.path())) {
            const std::string name = entry.path().filename();
            expect(name == "layer" || name == "again" || name == "canary" || name == "link",
                   "nothing is made outside the layer");
        }
    }

 private:
    disk::path canary() const { return temp_.path() / "canary"; }

    TempDir temp_;
    struct stat directory_ = {};
    struct stat file_ = {};
};

std::string told(const std::vector<layer::Difference>& differences) {
    std::string text;
    for (const layer::Difference& difference : differences)
        text += "\n  '" + printable(difference.path) + "': " + difference.what;
    return text;
}

/// What one look at a healthy layer may find (verify.hh): a time that the file system cannot keep,
/// and the content of a file that lost the name it had in the tar to a later entry.
bool is_for_second_look(const layer::Difference& difference) {
    return difference.what.starts_with("time is ") || difference.what == "content differs";
}

void check_accepted(const Place& place, std::string_view tar, const fs::RootDir& target,
                    const layer::ApplyResult& result) {
    const auto report = layer::verify_layer(source_of(tar, 65536), Digest::of(tar), target);
    for (const layer::Difference& difference : report.differences)
        expect(is_for_second_look(difference), "an unpacked layer verifies" + told({difference}));
    expect(report.counted.bytes == result.bytes && report.counted.entries == result.entries,
           "verifying counts as unpacking does");

    const auto beside = fs::RootDir::open(place.fresh("again"));
    layer::apply_layer(source_of(tar, 65536), beside);
    const auto second_look = layer::compare_layers(beside, target);
    expect(second_look.empty(), "unpacking gives the same again" + told(second_look));

    std::string packed;
    layer::write_layer_tar(target, [&](std::string_view piece) { packed += piece; });
    const auto again = fs::RootDir::open(place.fresh("again"));
    layer::apply_layer(source_of(packed, 65536), again);
    const auto differences = layer::compare_layers(target, again);
    expect(differences.empty(), "packing and unpacking changes nothing" + told(differences));
}

}  // namespace

int fuzz_layer(const std::uint8_t* data, std::size_t size) {
    static const Place place;
    const std::string_view input = text_of(data, size);
    // Compressed layers are another target; here they would only be refused.
    const auto target = fs::RootDir::open(place.fresh("layer"));
    accepts([&] {
        try {
            const auto result =
                layer::apply_layer(source_of(input, size % 1000 + 1), target, kLimits);
            check_accepted(place, input, target, result);
        } catch (const SysError& error) {
            // scripts/test-fuzz makes everything else read-only.
            expect(error.code() != EROFS, error.what());
            throw;
        }
    });
    place.check_untouched();
    return 0;
}

std::vector<Seed> layer_seeds() {
    using test::TarBuilder;
    using test::TarItem;
    TarItem special{.name = "special", .mode = 06755, .uid = 1000, .gid = 70000};
    special.pax = {
        {"mtime", "1.123456789"},
        {"SCHILY.xattr.user.a", "1"},
        {"SCHILY.acl.access", "user::rw-,user:1000:r--,group::r--,mask::r--,other::r--"}};
    TarItem device{.name = "null", .type = '3', .device_major = 1, .device_minor = 3};
    TarItem fifo{.name = "pipe", .type = '6'};
    TarItem sparse{.name = "GNUSparseFile.0/s",
                   .content = "2\n0\n1\n9\n1\n" + std::string(502, '\0') + "ab"};
    sparse.pax = {{"GNU.sparse.major", "1"},
                  {"GNU.sparse.minor", "0"},
                  {"GNU.sparse.name", "s"},
                  {"GNU.sparse.realsize", "10"}};
    const std::string longest(200, 'n');
    return {
        {"usual", TarBuilder()
                      .directory("./")
                      .directory("a")
                      .file("a/f", "x")
                      .symlink("l", "a")
                      .hard_link("h", "a/f")
                      .bytes()},
        {"special", TarBuilder().add(special).add(device).add(fifo).bytes()},
        {"sparse", TarBuilder().add(sparse).bytes()},
        {"whiteouts", TarBuilder()
                          .directory("a")
                          .file("a/.wh.b")
                          .file("c/.wh..wh..opq")
                          .file(".wh.d")
                          .file("d", "x")
                          .bytes()},
        {"replaced", TarBuilder()
                         .file("a")
                         .directory("a")
                         .file("a/b")
                         .symlink("a/b", "/")
                         .file("a/b", "x")
                         .directory("a/b")
                         .bytes()},
        {"long", TarBuilder().file(longest + "/" + longest, "x").symlink("l", longest).bytes()},
        {"up", TarBuilder().file("../canary/file", "x").bytes()},
        {"absolute", TarBuilder().file("/etc/canary", "x").bytes()},
        {"through-link", TarBuilder().symlink("l", "../canary").file("l/file", "x").bytes()},
        {"hard-link-out", TarBuilder().symlink("l", "../canary").hard_link("h", "l/file").bytes()},
        {"hard-link-up", TarBuilder().hard_link("h", "../canary/file").bytes()},
        {"whiteout-up", TarBuilder().file("../.wh.canary").file(".wh...").file(".wh.").bytes()},
        {"open-end", TarBuilder().file("a", "x").open_end()},
    };
}

}  // namespace mincs::fuzz
