// A real tree, tarred by GNU tar in several formats, unpacked by us and by GNU tar: no entry may
// differ.
#include <gtest/gtest.h>

#include "libcore/base/process.hh"
#include "tests/unit/libcore/layer/layer_fixture.hh"
#include "tests/unit/libcore/layer/tree_listing.hh"

namespace mincs::layer {
namespace {

class Differential : public LayerTest {
 protected:
    /// Unpacks what `tar -c OPTIONS` makes of `tree`, by both.
    void compare(const std::string& tree, const std::string& options) {
        const std::string dir = temp_.path();
        ASSERT_EQ(
            run(fmt::format(
                "cd {0} && rm -rf layer gnu && mkdir layer gnu && "
                "tar -c {1} -f t.tar -C {2} . && "
                "tar -x -p --xattrs '--xattrs-include=*' --acls --numeric-owner -f t.tar -C gnu",
                dir, options, tree)),
            0);
        apply(read_file(dir + "/t.tar", 1u << 30));
        const std::string ours = list_tree(dir + "/layer");
        const std::string theirs = list_tree(dir + "/gnu");
        EXPECT_GT(std::count(ours.begin(), ours.end(), '\n'), 5);
        EXPECT_EQ(ours, theirs) << tree << " " << options;
    }
    static int run(const std::string& command) { return std::system(command.c_str()); }
};

TEST_F(Differential, RealTrees) {
    compare("/etc", "--format=pax --xattrs --acls --numeric-owner --warning=no-file-ignored");
    compare("/etc", "--format=gnu");
    compare("/etc", "--format=ustar");
    compare("/usr/share/perl", "--format=pax");
}

/// Run by sh in an empty directory.
constexpr const char* kMakeOddities = R"sh(
set -e
mkdir -m 1777 tmp; mkdir -m 2750 -p deep/er
printf x > deep/er/file; ln deep/er/file linked; ln linked deep/third
ln -s ../../nowhere dangling; ln dangling linked-link
mkfifo -m 620 pipe; mknod -m 644 null c 1 3
printf y > suid; chown 1000:2000 suid; chmod 6751 suid
truncate -s 3M sparse; printf data | dd of=sparse bs=1 seek=1000000 conv=notrunc status=none
truncate -s 1M hole
for n in 'raw\377\376' 'e\314\201' 'new\nline' ' space '; do printf z > "$(printf "$n")"; done
n=$(printf 'n%.0s' $(seq 250))
mkdir -p $n/$n; printf long > $n/$n/$n; ln $n/$n/$n hard; ln -s $n/$n/$n soft
touch -d @-5.25 ancient
touch -d '2001-02-03 04:05:06.789012345' deep tmp
)sh";

TEST_F(Differential, TreeOfOddities) {
    const std::string odd = temp_.path() / "odd";
    ASSERT_EQ(run("mkdir " + odd + "; cd " + odd + kMakeOddities), 0);
    const std::string suid = odd + "/suid";
    const std::string caps(
        "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
    ASSERT_EQ(setxattr(suid.c_str(), "user.note", "hello", 5, 0), 0);
    ASSERT_EQ(setxattr(suid.c_str(), "security.capability", caps.data(), caps.size(), 0), 0);
    compare(odd, "--format=pax --xattrs '--xattrs-include=*' --acls --sparse");
    compare(odd, "--format=gnu --sparse");
    for (const char* version : {"0.0", "0.1", "1.0"})
        compare(odd, fmt::format("--format=pax --sparse --sparse-version={}", version));
}

}  // namespace
}  // namespace mincs::layer
