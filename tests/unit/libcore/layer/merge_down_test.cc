// An upper directory, made by the kernel's own overlay, put onto the tree below it: what arrives
// there, what stands against it, and what is left when it does not get to its end.
#include "libcore/layer/merge_down.hh"

#include <gmock/gmock.h>
#include <sys/file.h>

#include "libcore/layer/changes.hh"
#include "tests/unit/libcore/layer/overlay_fixture.hh"

namespace mincs::layer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kTrunk =
    "mkdir -p etc usr/bin gone/deep again kept; echo old >etc/conf; echo old >usr/bin/tool;"
    "echo x >gone/deep/file; echo x >again/former; echo x >kept/file; ln -s conf etc/link;"
    "echo x >was-file; mkdir was-dir; echo x >was-dir/in; setfattr -n user.old -v 1 kept";

/// As setfattr(1) takes it: rw for the owner, rwx for user 77, r for all others.
const std::string kAcl =
    "0x0200000001000600ffffffff020007004d00000004000400ffffffff10000700ffffffff20000400ffffffff";

class MergeDown : public OverlayTest {
 protected:
    using Lines = std::vector<std::string>;

    /// Lower tree, then a container's birth, then its work; each at a time of its own, as the
    /// kernel's clock for files ticks every 10 ms at most.
    void prepare(const std::string& before, const std::string& work) {
        run_in("lower", before + "; sleep 0.03; mkdir ../birth; sleep 0.03");
        struct stat status;
        check(stat(at("birth").c_str(), &status), "looking at the birth");
        options_.since = status.st_mtim;
        options_.staging = ".staging";
        change(work + "; rm -rf ../expected; cp -a . ../expected; sleep 0.03");
    }
    MergePlan plan() const { return plan_merge(upper(), lower(), options_); }
    fs::RootDir upper() const { return fs::RootDir::open(at("upper")); }
    fs::RootDir lower() const { return fs::RootDir::open(at("lower")); }

    Lines obstacles() const {
        Lines lines;
        for (const Obstacle& obstacle : plan().obstacles)
            lines.push_back(obstacle.path + (obstacle.is_conflict ? " " : "! ") +
                            obstacle.reason.substr(0, obstacle.reason.find(" since")));
        return lines;
    }
    void merge() const {
        EXPECT_THAT(obstacles(), IsEmpty());
        merge_down(plan(), upper(), lower(), options_);
    }
    /// What in lower/ is otherwise than the container saw it.
    Lines wrong() const {
        Lines lines;
        changes_between(fs::RootDir::open(at("expected")), lower(), [&](const Change& change) {
            std::string line = change.path;
            for (const std::string& what : change.difference.names()) line += " " + what;
            lines.push_back(line);
            return true;
        });
        return lines;
    }
    bool exists(const std::string& name) const {
        struct stat status;
        return lstat(at(name).c_str(), &status) == 0;
    }

    MergeOptions options_;
};

TEST_F(MergeDown, EverythingArrives) {
    prepare(
        kTrunk,
        "echo new >etc/conf; touch -d '2001-02-03 04:05:06.123456789' etc/conf;"
        "cp /bin/true usr/bin/fresh; chown 12:34 usr/bin/fresh; chmod 6751 usr/bin/fresh;"
        "cp /bin/true usr/bin/capable; setcap cap_net_raw+ep usr/bin/capable;"
        "echo a >usr/bin/acl; setfattr -n system.posix_acl_access -v " +
            kAcl +
            " usr/bin/acl; setfattr -n user.a -v b usr/bin;"
            "ln usr/bin/fresh usr/bin/fresh2; mkdir -p new/a; ln usr/bin/fresh new/a/fresh3;"
            "ln -sf other etc/link; mkfifo -m 640 etc/fifo; mknod etc/null c 1 3;"
            "setfattr -n system.posix_acl_default -v " +
            kAcl +
            " new; chmod 2775 new; echo y >new/a/file; chown 5 new/a;"
            "truncate -s 1M new/sparse; rm -r gone; rm -r again; mkdir again; echo y >again/now;"
            "chmod 700 kept; chown 9:9 kept; setfattr -x user.old kept;"
            "rm was-file; mkdir was-file; echo y >was-file/in; rm -r was-dir; echo y >was-dir");
    merge();
    EXPECT_THAT(wrong(), IsEmpty());
    EXPECT_FALSE(exists("lower/.staging"));
    run_in("lower",
           "[ usr/bin/fresh -ef usr/bin/fresh2 ] && [ usr/bin/fresh -ef new/a/fresh3 ];"
           "getcap usr/bin/capable | grep -q cap_net_raw;"
           "! getfattr -d -m - -R -h . 2>/dev/null | grep -q overlay");
    // There is nothing left to do.
    EXPECT_THAT(plan().steps, IsEmpty());
    EXPECT_THAT(plan().directories, IsEmpty());
    EXPECT_THAT(obstacles(), IsEmpty());
}

TEST_F(MergeDown, DirectoriesThatOnlyLeadToAChangeKeepTheirTimes) {
    prepare(kTrunk, "echo new >etc/conf");
    run_in("lower", "touch -d '2001-02-03' ../stamp; stat -c %Y etc >../before");
    merge();
    run_in("lower", "stat -c %Y etc | cmp - ../before");
    EXPECT_THAT(wrong(), IsEmpty());
}

TEST_F(MergeDown, WhatTheHostHasChangedIsNamed) {
    prepare(kTrunk,
            "echo new >etc/conf; rm -r gone; rm -r again; mkdir again; echo c >usr/bin/both;"
            "chmod 700 kept; echo new >usr/bin/tool; rm was-file");
    run_in("lower",
           "echo host >etc/conf; echo host >gone/deep/more; touch again/former;"
           "echo h >usr/bin/both; chmod 711 kept; rm usr/bin/tool; chmod 600 was-file");
    EXPECT_THAT(obstacles(),
                ElementsAre("/again/former changed", "/etc/conf changed", "/gone/deep changed",
                            "/gone/deep/more made", "/kept changed", "/usr/bin/both made",
                            "/usr/bin/tool removed", "/was-file changed"));
    // Whoever wants it all the same gets what the container had.
    merge_down(plan(), upper(), lower(), options_);
    EXPECT_THAT(wrong(), ElementsAre("/usr/bin time"));
}

TEST_F(MergeDown, ADirectoryThatTheHostHasReplacedIsNamed) {
    prepare(kTrunk, "echo new >etc/conf; chmod 700 gone/deep");
    // No file's own time tells: the new ones are old.
    run_in("lower", "mv etc ../former; cp -a ../former etc; mv gone/deep gone/moved");
    EXPECT_THAT(obstacles(), ElementsAre("/etc replaced", "/etc/conf made", "/gone/deep changed"));
}

TEST_F(MergeDown, WhatIsNoConflictIsNone) {
    prepare(kTrunk,
            "echo new >etc/conf; rm -r gone; echo c >usr/bin/mine; echo same >usr/bin/same;"
            "touch -d 2001-02-03 usr/bin/same; mv kept/file kept/renamed");
    // Other names, the same thing, and what is gone on both sides.
    run_in("lower",
           "echo host >usr/bin/theirs; rm -r gone; echo host >etc/other;"
           "echo same >usr/bin/same; touch -d 2001-02-03 usr/bin/same; echo h >elsewhere");
    merge();
    EXPECT_THAT(wrong(), ElementsAre("/elsewhere", "/etc content time", "/etc/other",
                                     "/usr/bin content time", "/usr/bin/theirs"));
}

TEST_F(MergeDown, MountsAndUntouchablePathsStayOut) {
    prepare(kTrunk, "echo new >etc/conf; rm -r gone; echo c >usr/bin/mine; echo n >was-dir/n");
    options_.untouchable = {"usr", "gone/deep/file"};
    check(mount("none", at("lower/was-dir").c_str(), "tmpfs", 0, nullptr), "mounting");
    const Lines found = obstacles();
    check(umount2(at("lower/was-dir").c_str(), MNT_DETACH), "unmounting");
    EXPECT_THAT(found, ElementsAre("/gone/deep/file! not to be touched: the kernel's, or the store",
                                   "/usr! not to be touched: the kernel's, or the store",
                                   "/was-dir! on another mount"));
}

TEST_F(MergeDown, WhatAKilledMergeHadBegunIsNoConflict) {
    prepare(kTrunk,
            "chmod 700 kept; chown 9:9 kept; echo n >kept/new; mv etc/conf etc/b;"
            "echo other >etc/conf; rm -r gone; rm was-dir/in");
    // The journal, one of the two calls for a directory, a replacement and a removal.
    run_in("lower",
           "mkdir -m 700 .staging; printf 'kept\\0etc\\0' >.staging/directories;"
           "chown 9:9 kept; cp -p ../expected/etc/b etc/b;"
           "cp -p ../expected/etc/conf .staging/0; mv .staging/0 etc/conf; rm was-dir/in");
    merge();
    run_in("lower", "[ $(stat -c %a kept) = 700 ]; [ ! -e gone ] && [ ! -e .staging ]");
    EXPECT_THAT(wrong(), ElementsAre("/was-dir time"));
}

TEST_F(MergeDown, WhatFailsBeforeTheFirstRenameLeavesTheTree) {
    prepare(kTrunk, "echo new >etc/conf; echo b >etc/b; rm -r gone; chmod 700 kept");
    run_in("lower", "cp -a . ../expected2; rm -r ../expected; mv ../expected2 ../expected");
    const MergePlan ready = plan();
    int steps = 0;
    options_.check_stop = [&] {
        if (++steps == 2) throw Error("enough");
    };
    EXPECT_THROW(merge_down(ready, upper(), lower(), options_), Error);
    EXPECT_THAT(wrong(), IsEmpty());
    EXPECT_FALSE(exists("lower/.staging"));

    // Somebody was quicker.
    options_.check_stop = [] {};
    run_in("lower", "echo other >was-file; echo host >etc/b");
    EXPECT_THROW(merge_down(ready, upper(), lower(), options_), Error);
    run_in("lower", "grep -qx old etc/conf; grep -qx host etc/b; [ -e gone/deep/file ]");
}

TEST_F(MergeDown, ALinkInPlaceOfADirectoryIsNotFollowed) {
    prepare(kTrunk, "echo new >etc/conf");
    run_in("lower", "mkdir ../victim; echo safe >../victim/conf; rm -r etc; ln -s ../victim etc");
    EXPECT_THAT(obstacles(), ElementsAre("/etc made"));
    merge_down(plan(), upper(), lower(), options_);
    run_in("lower", "grep -qx safe ../victim/conf; grep -qx new etc/conf; [ ! -L etc ]");
}

}  // namespace
}  // namespace mincs::layer
