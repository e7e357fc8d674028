// Classic BPF as seccomp runs it (bpf(4), seccomp(2)): the kernel's verdict without the kernel.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace mincs::test {

/// What the program returns; nothing where it runs off its end or meets an instruction that is not
/// among those seccomp programs are made of here.
inline std::optional<std::uint32_t> verdict_of(std::span<const sock_filter> program,
                                               const seccomp_data& data) {
    std::uint32_t accumulator = 0;
    for (std::size_t at = 0; at < program.size(); ++at) {
        const sock_filter& op = program[at];
        switch (op.code) {
            case BPF_LD | BPF_W | BPF_ABS:
                std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + op.k, 4);
                break;
            case BPF_ALU | BPF_AND | BPF_K:
                accumulator &= op.k;
                break;
            case BPF_JMP | BPF_JA:
                at += op.k;
                break;
            case BPF_JMP | BPF_JEQ | BPF_K:
                at += accumulator == op.k ? op.jt : op.jf;
                break;
            case BPF_JMP | BPF_JGT | BPF_K:
                at += accumulator > op.k ? op.jt : op.jf;
                break;
            case BPF_JMP | BPF_JGE | BPF_K:
                at += accumulator >= op.k ? op.jt : op.jf;
                break;
            case BPF_JMP | BPF_JSET | BPF_K:
                at += (accumulator & op.k) != 0 ? op.jt : op.jf;
                break;
            case BPF_RET | BPF_K:
                return op.k;
            default:
                return std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace mincs::test
