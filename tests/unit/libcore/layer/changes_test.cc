// What an upper directory, made by the kernel's own overlay, changes of the tree below it; and what
// differs between two trees.
#include "libcore/layer/changes.hh"

#include <gmock/gmock.h>
#include <sys/xattr.h>

#include "libcore/fs/own_attributes.hh"
#include "tests/unit/libcore/layer/overlay_fixture.hh"

namespace mincs::layer {
namespace {

using testing::ElementsAre;

class Changes : public OverlayTest {
 protected:
    static std::string text(const Change& change) {
        constexpr char kLetters[] = {'A', 'C', 'D'};
        std::string line{kLetters[static_cast<int>(change.kind)], ' '};
        line += change.path;
        for (const std::string& what : change.difference.names()) line += " " + what;
        return line;
    }
    using Lines = std::vector<std::string>;
    Lines of_upper() const {
        Lines lines;
        const fs::RootDir below = fs::open_merged({at("lower")}, "lower");
        changes_in_upper(fs::RootDir::open(at("upper")), &below, [&](const Change& change) {
            lines.push_back(text(change));
            return true;
        });
        return lines;
    }
    Lines between(const std::string& before, const std::string& now) const {
        Lines lines;
        changes_between(fs::RootDir::open(at(before)), fs::RootDir::open(at(now)),
                        [&](const Change& change) {
                            lines.push_back(text(change));
                            return true;
                        });
        return lines;
    }
};

TEST_F(Changes, InACopyPlacesMadeToMountOnAreNone) {
    run_in("lower", "mkdir d; echo x >d/f; echo y >d/g");
    run_in(".", "mkdir copy; cp -a lower/. copy; cd copy; rm d/g; mkdir here; touch -r ../lower d");
    ASSERT_EQ(setxattr(at("copy/here").c_str(), fs::mount_point_mark(), "", 0, 0), 0);
    Lines lines;
    changes_in_copy(fs::RootDir::open(at("lower")), fs::RootDir::open(at("copy")),
                    [&](const Change& change) {
                        lines.push_back(text(change));
                        return true;
                    });
    EXPECT_THAT(lines, ElementsAre(testing::StartsWith("C /d"), "D /d/g"));
    EXPECT_THAT(between("lower", "copy"), testing::Contains("A /here"));
}

TEST_F(Changes, NothingChanged) {
    run_in("lower", "mkdir d; echo x >d/f");
    // Copied up, but the same.
    change("touch -r d/f -m d/f; chmod --reference=d d");
    EXPECT_THAT(of_upper(), ElementsAre());
}

TEST_F(Changes, AddedChangedRemoved) {
    run_in("lower", "mkdir d keep gone; echo x | tee d/f d/g d/h keep/k gone/1 gone/2 >/dev/null");
    change(
        "echo y >d/f; rm d/g; mkdir d/new; echo z >d/new/z; rm -r gone; chmod 600 d/h; "
        "ln -s d link; rm d/new/z");
    EXPECT_THAT(of_upper(), ElementsAre("C /d content time", "C /d/f content time", "D /d/g",
                                        "C /d/h mode", "A /d/new", "D /gone", "A /link"));
}

TEST_F(Changes, DeeperChangesAreNoChangesOfTheDirectoriesAbove) {
    run_in("lower", "mkdir -p a/b; echo x >a/b/f");
    change("echo x >>a/b/f");
    EXPECT_THAT(of_upper(), ElementsAre("C /a/b/f content time"));
}

TEST_F(Changes, OnlyWhatDiffersIsSaid) {
    run_in("lower", "echo x | tee owner mode time xattr same >/dev/null; mkdir d");
    change(
        "chown 1:2 owner; chmod 4755 mode; touch -d @5 time; setfattr -n user.a -v b xattr; "
        "chown 3 d; echo y >same; echo x >same; touch -r owner same");
    // The last one was written again with the very same bytes; its time may have stayed.
    EXPECT_THAT(of_upper(), testing::IsSupersetOf({"C /d owner", "C /mode mode", "C /owner owner",
                                                   "C /time time", "C /xattr xattrs"}));
}

TEST_F(Changes, SameSizeAndTimeButOtherBytes) {
    run_in("lower", "echo abc >f; touch -d @5 f");
    change("echo abd >f; touch -d @5 f");
    EXPECT_THAT(of_upper(), ElementsAre("C /f content"));
}

TEST_F(Changes, TypesChange) {
    run_in("lower", "mkdir dir; echo x >dir/x; echo f >file; ln -s a link; mknod node c 1 3");
    change(
        "rm -r dir; echo x >dir; rm file; mkdir file; echo y >file/y; ln -sfn b link; "
        "touch -h -r . link; rm node; mknod node c 1 5");
    EXPECT_THAT(of_upper(), testing::IsSupersetOf({"C /dir type", "C /file type", "A /file/y"}));
    EXPECT_THAT(of_upper(), testing::Contains(testing::StartsWith("C /link content")));
    EXPECT_THAT(of_upper(), testing::Contains(testing::StartsWith("C /node content")));
    EXPECT_THAT(of_upper(), testing::Not(testing::Contains("D /dir/x")));
}

TEST_F(Changes, OpaqueDirectoriesHideWhatIsBelowThemAtAnyDepth) {
    run_in("lower", "mkdir -p o/same/deep; echo x | tee o/f o/same/g o/same/deep/h >/dev/null");
    change(
        "rm -r o; mkdir -p o/same/deep; echo x >o/same/deep/new; touch -d @5 o o/same o/same/deep");
    EXPECT_THAT(of_upper(), ElementsAre("C /o content time", "D /o/f", "C /o/same content time",
                                        "C /o/same/deep content time", "D /o/same/deep/h",
                                        "A /o/same/deep/new", "D /o/same/g"));
}

TEST_F(Changes, HardLinksAreFilesLikeOthers) {
    run_in("lower", "echo x >one; ln one two");
    change("ln one three; echo y >new; ln new new2");
    EXPECT_THAT(of_upper(), ElementsAre("A /new", "A /new2", "A /three"));
}

TEST_F(Changes, PlacesToMountOnAreNone) {
    run_in("lower", "mkdir etc");
    change(
        ": >etc/bare; mkdir -p mnt/a; : >etc/used; mkdir filled; echo x >filled/f; "
        "setfattr -n trusted.mincs.mount_point etc/bare mnt mnt/a etc/used filled; "
        "echo y >etc/used");
    EXPECT_THAT(of_upper(),
                ElementsAre("C /etc content time", "A /etc/used", "A /filled", "A /filled/f"));
}

TEST_F(Changes, TheRootItself) {
    run_in("lower", "echo x >f");
    change("touch -d @5 .");
    EXPECT_THAT(of_upper(), ElementsAre());
    run_in("upper", "chmod 700 .");
    EXPECT_THAT(of_upper(), ElementsAre("C / mode"));
}

TEST_F(Changes, OfNothingAllIsAdded) {
    run_in("upper", "mkdir d; echo x >d/f; mknod gone c 0 0");
    Lines lines;
    changes_in_upper(fs::RootDir::open(at("upper")), nullptr, [&](const Change& change) {
        lines.push_back(text(change));
        return true;
    });
    EXPECT_THAT(lines, ElementsAre("A /d", "A /d/f"));
}

TEST_F(Changes, BetweenTwoTrees) {
    run_in("lower", "mkdir d same; echo x >d/f; echo g >d/gone; echo s >same/s");
    run_in(".", "cp -a lower/. upper");
    EXPECT_THAT(between("lower", "upper"), ElementsAre());
    run_in("upper", "rm d/gone; echo y >d/f; echo n >d/new; rm -r same; touch -d @5 d d/f");
    EXPECT_THAT(between("lower", "upper"), ElementsAre("C /d content time", "C /d/f content time",
                                                       "D /d/gone", "A /d/new", "D /same"));
}

TEST_F(Changes, TheSinkEndsTheWalk) {
    run_in("upper", "touch a b c d");
    int seen = 0;
    changes_in_upper(fs::RootDir::open(at("upper")), nullptr,
                     [&](const Change&) { return ++seen < 2; });
    EXPECT_EQ(seen, 2);
}

TEST_F(Changes, OddNamesAndLinksOutside) {
    run_in("lower", "mkdir d");
    run_in("upper", "ln -s / d; printf x >\"$(printf 'a b\\377')\"");
    EXPECT_THAT(of_upper(), ElementsAre("A /a b\xff", "C /d type"));
}

}  // namespace
}  // namespace mincs::layer
