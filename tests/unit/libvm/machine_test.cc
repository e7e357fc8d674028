// A machine as JSON, its words for the guest, and the command lines that it becomes.
#include "libvm/machine.hh"

#include <gmock/gmock.h>

#include "libvm/qemu.hh"
#include "libvm/um.hh"
#include "tests/support/error_of.hh"

namespace mincs::vm {
namespace {

using test::error_of;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Machine example() {
    Machine machine;
    machine.program = "/usr/bin/qemu-system-x86_64";
    machine.accelerator = "kvm";
    machine.may_fall_back = true;
    machine.memory = 256 << 20;
    machine.cpus = 3;
    machine.has_network = true;
    machine.ports = {"tcp:80", "udp:53"};
    machine.guest = "{\"a\":\"b\"}";
    return machine;
}

/// The word after `option`.
std::string value_of(const std::vector<std::string>& words, const std::string& option) {
    const auto found = std::find(words.begin(), words.end(), option);
    return found == words.end() ? "" : *(found + 1);
}

TEST(Machine, SurvivesBeingWrittenDown) {
    const Machine before = example();
    const Machine after = parse_machine(to_text(before), "the plan");
    EXPECT_EQ(to_text(after), to_text(before));
    EXPECT_TRUE(after.may_fall_back);
    EXPECT_EQ(after.cpus, 3);
    EXPECT_THAT(error_of([] { parse_machine("[]", "the plan"); }), HasSubstr("the plan"));
    EXPECT_THAT(error_of([] { parse_machine("{}", "the plan"); }), HasSubstr("hypervisor"));
}

TEST(GuestWords, AreFoundOnACommandLine) {
    const GuestWords words = {.channel = "virtio", .share = "9p", .has_network = true};
    const GuestWords found = parse_guest_words("console=ttyS0 quiet " + to_text(words) + "\n");
    EXPECT_EQ(found.channel, "virtio");
    EXPECT_EQ(found.share, "9p");
    EXPECT_TRUE(found.has_network);
    EXPECT_FALSE(found.shell);
    EXPECT_TRUE(parse_guest_words("ermine.shell").shell);
}

TEST(Qemu, TakesTheMachineAsItIs) {
    const auto words = qemu_command(example(), "kvm");
    EXPECT_EQ(words[0], "/usr/bin/qemu-system-x86_64");
    EXPECT_EQ(value_of(words, "-M"), "pc");
    EXPECT_EQ(value_of(words, "-cpu"), "host");
    EXPECT_EQ(value_of(words, "-m"), "262144K");
    EXPECT_EQ(value_of(words, "-smp"), "3");
    EXPECT_EQ(value_of(words, "-netdev"),
              "user,id=network,hostfwd=tcp::80-:80,hostfwd=udp::53-:53");
    EXPECT_THAT(value_of(words, "-fsdev"), HasSubstr("multidevs=remap"));
    EXPECT_THAT(value_of(words, "-append"), Not(HasSubstr("tsc=reliable")));
}

TEST(Qemu, FallsBackToEmulation) {
    const auto words = qemu_command(example(), "tcg");
    EXPECT_EQ(value_of(words, "-accel"), "tcg,thread=multi");
    EXPECT_EQ(value_of(words, "-cpu"), "max");
    EXPECT_THAT(value_of(words, "-append"), HasSubstr("tsc=reliable"));
}

/// As main() has them.
GuestCommand parsed(std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    return parse_guest_command(pointers);
}

TEST(GuestCommand, ComesBackFromItsWords) {
    const std::vector<std::string> odd = {"--user", "--", "", "\xff\n"};
    const GuestCommand command = {
        .user = "alice", .sets_home = true, .terminal = true, .directory = "/a b", .args = odd};
    const GuestCommand again = parsed(to_words(command));
    EXPECT_EQ(again.user, "alice");
    EXPECT_TRUE(again.sets_home && again.terminal);
    EXPECT_EQ(again.directory, "/a b");
    EXPECT_EQ(again.args, odd);
    const GuestCommand plain = parsed(to_words({.args = {"true"}}));
    EXPECT_EQ(plain.user + plain.directory, "");
    EXPECT_FALSE(plain.sets_home || plain.terminal);
}

TEST(GuestCommand, OtherWordsAreRefused) {
    EXPECT_THROW(parsed({"run", "--", "true"}), UsageError);
    EXPECT_THROW(parsed({"exec", "--root", "--", "true"}), UsageError);
    EXPECT_THAT(error_of([] { parsed({"exec", "--user"}); }), HasSubstr("missing"));
}

TEST(Qemu, AMicrovmHasNoPciAndEndsByARestart) {
    Machine machine = example();
    machine.board = "microvm";
    machine.file_server = "/usr/lib/qemu/virtiofsd";
    const auto words = qemu_command(machine, "tcg");
    EXPECT_EQ(value_of(words, "-M"), "microvm,acpi=off,memory-backend=memory");
    EXPECT_EQ(value_of(words, "-global"), "virtio-mmio.force-legacy=false");
    EXPECT_THAT(words, Contains("vhost-user-fs-device,chardev=files,tag=share"));
    EXPECT_THAT(words, Not(Contains(HasSubstr("-pci"))));
    EXPECT_THAT(value_of(words, "-append"), HasSubstr("reboot=t"));
    EXPECT_THAT(value_of(words, "-append"), HasSubstr("ermine.restart"));
}

TEST(Qemu, AMachineOfArm64IsAVirtBoard) {
    Machine machine = example();
    machine.arch = "arm64";
    machine.board = "virt";
    const auto words = qemu_command(machine, "tcg");
    EXPECT_EQ(value_of(words, "-M"), "virt,gic-version=max");
    EXPECT_EQ(value_of(words, "-cpu"), "max,pauth-impdef=on");
    EXPECT_THAT(value_of(words, "-append"), HasSubstr("console=ttyAMA0"));
    EXPECT_THAT(value_of(words, "-append"), Not(HasSubstr("tsc=reliable")));
    EXPECT_THAT(words, Contains("virtio-serial-pci"));
    EXPECT_THAT(words, Contains("virtio-9p-pci,fsdev=share,mount_tag=share"));
    machine.file_server = "/usr/lib/qemu/virtiofsd";
    EXPECT_EQ(value_of(qemu_command(machine, "tcg"), "-M"),
              "virt,gic-version=max,memory-backend=memory");
}

TEST(UserMode, ExplainsWhatOlderKernelsFailBy) {
    EXPECT_THAT(um_explanation("userspace - ptrace set fp regs failed, errno = 14"),
                HasSubstr("ermine-breeder build --arch um"));
    EXPECT_EQ(um_explanation("Kernel panic"), "");
    EXPECT_THAT(um_command(example()), Contains(HasSubstr("ermine.share=hostfs")));
}

TEST(UserMode, HasACardWhereThereIsANetwork) {
    Machine machine = example();
    EXPECT_THAT(um_command(machine), Contains("vec0:transport=fd,fd=4"));
    EXPECT_THAT(um_command(machine), Contains(HasSubstr("ermine.network")));
    EXPECT_THAT(network_command(machine),
                testing::ElementsAre("/machine/network", "tcp:80", "udp:53"));
    machine.has_network = false;
    EXPECT_THAT(um_command(machine), Not(Contains(HasSubstr("vec0"))));
    EXPECT_THAT(um_command(machine), Not(Contains(HasSubstr("ermine.network"))));
}

}  // namespace
}  // namespace mincs::vm
