// Access lists that were noted come back as they were, but for a chmod(2) since.
#include "libcore/layer/acl_xattr.hh"

#include <gtest/gtest.h>

#include "libcore/layer/tar_reader.hh"

namespace mincs::layer {
namespace {

using namespace std::string_literals;

/// An entry of a list: tag, permissions, number.
std::string entry(char tag, char permissions, const std::string& id = "\xff\xff\xff\xff"s) {
    return ""s + tag + '\0' + permissions + '\0' + id;
}
const std::string kHead = "\2\0\0\0"s;
const std::string kNamed = entry(2, 7, "\xd2\4\0\0"s);

std::string named(char user, char mask, char other) {
    return kHead + entry(1, user) + kNamed + entry(4, 4) + entry(16, mask) + entry(32, other);
}

TEST(AclNote, is_for_lists_that_name_somebody) {
    EXPECT_STREQ(note_for_acl({kAccessAcl, named(6, 6, 4)}), kAccessAclNote);
    EXPECT_STREQ(note_for_acl({kDefaultAcl, named(6, 6, 4)}), kDefaultAclNote);
    EXPECT_EQ(note_for_acl({kAccessAcl, kHead + entry(1, 6) + entry(4, 4) + entry(32, 4)}),
              nullptr);
    EXPECT_EQ(note_for_acl({kAccessAcl, "no list"}), nullptr);
    EXPECT_EQ(note_for_acl({"user.mine", named(6, 6, 4)}), nullptr);
}

TEST(AclNote, comes_back_with_the_mode) {
    Xattr note{kAccessAclNote, named(6, 6, 4)};
    EXPECT_TRUE(read_acl_note(note, 0100664));
    EXPECT_EQ(note.name, kAccessAcl);
    EXPECT_EQ(note.value, named(6, 6, 4));
    note = {kAccessAclNote, named(6, 6, 4)};
    EXPECT_TRUE(read_acl_note(note, 0100701));
    EXPECT_EQ(note.value, named(7, 0, 1));
}

TEST(AclNote, of_a_default_list_is_no_matter_of_the_mode) {
    Xattr note{kDefaultAclNote, named(6, 6, 4)};
    EXPECT_TRUE(read_acl_note(note, 040000));
    EXPECT_EQ(note.name, kDefaultAcl);
    EXPECT_EQ(note.value, named(6, 6, 4));
}

TEST(AclNote, what_a_command_wrote_there_stays_bytes) {
    Xattr note{kAccessAclNote, "no list"};
    EXPECT_TRUE(read_acl_note(note, 0100644));
    EXPECT_EQ(note.value, "no list");
    Xattr other{"user.mine", "x"};
    EXPECT_FALSE(read_acl_note(other, 0100644));
}

}  // namespace
}  // namespace mincs::layer
