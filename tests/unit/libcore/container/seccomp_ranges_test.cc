// A program as ranges gives the verdict that it gave before: on programs made by hand, and on any.
#include "libcore/container/seccomp_ranges.hh"

#include <gtest/gtest.h>
#include <linux/audit.h>

#include <algorithm>
#include <random>

#include "libcore/container/seccomp.hh"
#include "tests/support/bpf_machine.hh"

namespace mincs::container {
namespace {

using test::verdict_of;

constexpr unsigned kNumber = offsetof(seccomp_data, nr);
constexpr unsigned kArchitecture = offsetof(seccomp_data, arch);
constexpr unsigned kArgument = offsetof(seccomp_data, args);
constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW, kRefuse = SECCOMP_RET_ERRNO | 1;

sock_filter load(unsigned offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
}
sock_filter jump_if(unsigned kind, std::uint32_t k, std::size_t yes, std::size_t no) {
    return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | kind | BPF_K), k,
                    static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no));
}
sock_filter give(std::uint32_t verdict) {
    return BPF_STMT(BPF_RET | BPF_K, verdict);
}

/// An allow-list in its simplest form: one comparison after the other.
std::vector<sock_filter> list_of(const std::vector<std::uint32_t>& allowed) {
    std::vector<sock_filter> program = {load(kNumber)};
    for (const std::uint32_t number : allowed) {
        program.push_back(jump_if(BPF_JEQ, number, 0, 1));
        program.push_back(give(kAllow));
    }
    program.push_back(give(kRefuse));
    return program;
}

}  // namespace

TEST(SeccompRanges, NeighboursAreOneRange) {
    std::vector<std::uint32_t> allowed;
    for (std::uint32_t number = 100; number < 200; ++number) allowed.push_back(number);
    const auto program = as_range_tree(list_of(allowed));
    EXPECT_LE(program.size(), 6u);
    for (int number = 0; number < 300; ++number)
        EXPECT_EQ(verdict_of(program, {number, 0, 0, {}}),
                  number >= 100 && number < 200 ? kAllow : kRefuse)
            << number;
}

TEST(SeccompRanges, TheHighestNumberIsAskedForToo) {
    const auto program = as_range_tree(list_of({0, 1, 2, 3, 4, 0xfffffffe, 0xffffffff}));
    EXPECT_EQ(verdict_of(program, {-1, 0, 0, {}}), kAllow);
    EXPECT_EQ(verdict_of(program, {-2, 0, 0, {}}), kAllow);
    EXPECT_EQ(verdict_of(program, {-3, 0, 0, {}}), kRefuse);
}

TEST(SeccompRanges, WhatTestsBitsOfANumberStaysAsItIs) {
    std::vector<sock_filter> program = {load(kNumber), jump_if(BPF_JSET, 1, 0, 1), give(kAllow),
                                        give(kRefuse)};
    program.insert(program.begin() + 1, 10, load(kNumber));
    EXPECT_EQ(as_range_tree(program).size(), program.size());
}

TEST(SeccompRanges, TheBuiltInFilterIsOne) {
    EXPECT_LT(default_seccomp_program().size(), 450u);
    EXPECT_EQ(
        as_range_tree({default_seccomp_program().begin(), default_seccomp_program().end()}).size(),
        default_seccomp_program().size());
}

/// Programs as nobody would write them, but the kernel would take, of up to a thousand steps.
TEST(SeccompRanges, AnyProgramKeepsItsVerdicts) {
    std::mt19937 random(20260101);
    const auto below = [&](std::size_t bound) {
        return static_cast<std::size_t>(random() % bound);
    };
    const std::vector<std::uint32_t> values = {
        0, 1, 2, 7, 8, 300, AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, 0xffffffff};
    int smaller = 0;
    for (int round = 0; round < 300; ++round) {
        const std::size_t size = 3 + below(round % 10 == 0 ? 1000 : 60);
        std::vector<sock_filter> program = {load(kArchitecture)};
        while (program.size() < size) {
            const std::size_t room = size - program.size();  // the last one is a return
            const auto skip = [&] { return below(std::min<std::size_t>(room, 256)); };
            constexpr unsigned kKinds[] = {BPF_JEQ, BPF_JEQ, BPF_JGT, BPF_JGE};
            switch (below(8)) {
                case 0:
                    program.push_back(load(kNumber));
                    break;
                case 1:
                    program.push_back(below(3) ? load(kArgument) : load(kArchitecture));
                    break;
                case 2:
                    program.push_back(give(static_cast<std::uint32_t>(below(3))));
                    break;
                case 3:
                    program.push_back(BPF_STMT(BPF_JMP | BPF_JA, static_cast<unsigned>(skip())));
                    break;
                default:
                    program.push_back(
                        jump_if(kKinds[below(4)], values[below(values.size())], skip(), skip()));
            }
        }
        program.push_back(give(9));
        const auto ranges = as_range_tree(program);
        smaller += ranges.size() < program.size() ? 1 : 0;
        for (int sample = 0; sample < 300; ++sample) {
            const auto value = [&] {
                return values[below(values.size())] + static_cast<std::uint32_t>(below(3)) - 1;
            };
            const seccomp_data data = {static_cast<int>(value()), value(), 0, {value()}};
            ASSERT_EQ(verdict_of(ranges, data), verdict_of(program, data)) << "round " << round;
        }
    }
    EXPECT_GT(smaller, 100);
}

}  // namespace mincs::container
