// Stacks of layers made of chance, from few names so that they meet: links into each other and out
// of the root, whiteouts, opaque marks, hard links to anything, directories left out. Whatever they
// come to, nothing outside is touched, and the same stack comes to the same again.
#include <random>

#include "libcore/layer/verify.hh"
#include "tests/unit/libcore/layer/settle_fixture.hh"

namespace mincs::layer {
namespace {

class RandomStacks : public SettleTest {
 protected:
    std::string path_of_chance() {
        std::string path;
        for (int depth = pick(3); depth >= 0; --depth)
            path += std::string(1, "abcd"[pick(4)]) + (depth > 0 ? "/" : "");
        return path;
    }
    std::string link_of_chance() {
        static const char* const starts[] = {"", "", "../", "/", "../../../../", "./", "."};
        const std::string start = starts[pick(7)];
        return start == "." || pick(12) == 0 ? temp_.path().native() + "/outside"
                                             : start + path_of_chance();
    }
    test::TarBuilder layer_of_chance() {
        test::TarBuilder builder;
        for (int entries = 1 + pick(6); entries > 0; --entries) {
            const std::string path = path_of_chance();
            const std::size_t leaf = path.rfind('/') + 1;
            switch (pick(8)) {
                case 0:
                    builder.directory(path);
                    break;
                case 1:
                case 2:
                    builder.symlink(path, link_of_chance());
                    break;
                case 3:
                    builder.hard_link(path, path_of_chance());
                    break;
                case 4:
                    builder.file(path.substr(0, leaf) + ".wh." + path.substr(leaf));
                    break;
                case 5:
                    builder.file(path.substr(0, leaf) + ".wh..wh..opq");
                    break;
                default:
                    builder.file(path, fmt::format("{}", pick(1000)));
            }
        }
        return builder;
    }
    int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

    /// Whether it was accepted.
    bool push_or_refuse(const test::TarBuilder& builder) {
        try {
            push(builder);
            return true;
        } catch (const SysError& error) {
            // Nothing but what a layer says of itself may be in the way.
            EXPECT_TRUE(error.code() == ENOENT || error.code() == ENOTDIR) << error.what();
            refusal_ = error.what();
        } catch (const Error& error) {
            refusal_ = error.what();
        }
        remove_tree(directory_of(lower_.size()));
        return false;
    }

    void start_again() {
        for (std::size_t i = 0; i < lower_.size(); ++i) remove_tree(directory_of(i));
        lower_.clear();
    }

    std::string refusal_;
    std::mt19937 random_{20261122};
};

TEST_F(RandomStacks, StayInsideAndComeOutTheSameTwice) {
    int accepted = 0;
    for (int round = 0; round < 150; ++round) {
        SCOPED_TRACE(round);
        for (int i = 0; i < 4; ++i) {
            const test::TarBuilder builder = layer_of_chance();
            if (!push_or_refuse(builder)) continue;
            ++accepted;
            const std::string first = temp_.path() / "first";
            remove_tree(first);
            ASSERT_EQ(rename(lower_.front().c_str(), first.c_str()), 0);
            lower_.erase(lower_.begin());
            ASSERT_TRUE(push_or_refuse(builder));
            for (const Difference& difference :
                 compare_layers(fs::RootDir::open(first), fs::RootDir::open(lower_.front())))
                ADD_FAILURE() << difference.path << " " << difference.what;
        }
        start_again();
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(accepted, 100);
}

TEST_F(RandomStacks, AFileIsFoundByTheNameItCameBy) {
    for (int round = 0; round < 300; ++round) {
        SCOPED_TRACE(round);
        for (int i = 0; i < 3; ++i) push_or_refuse(layer_of_chance());
        const std::string name = path_of_chance();
        // Twice through a link to where it stands itself is the one way that is refused.
        if (push_or_refuse(test::TarBuilder().file(name, "mine")))
            EXPECT_EQ(content(name), "mine") << name;
        else
            EXPECT_NE(refusal_.find("goes through it twice"), std::string::npos) << refusal_;
        start_again();
        ASSERT_FALSE(HasFailure());
    }
}

}  // namespace
}  // namespace mincs::layer
