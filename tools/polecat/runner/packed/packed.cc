// A runner that takes half the room: a program whose only content is the compressed runner. It
// unfolds it into this process and jumps there, as the kernel would have begun it (elf(5), the
// System V ABI's chapter on process initialization), so /proc/self/exe stays the bundle. It is
// linked at another address than the runner, whose place must be free.
#include <elf.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "tools/polecat/runner/packed/payload.hh"
#include "tools/polecat/runner/packed/unfold.hh"

// clang-format off
asm(R"(
    .section .rodata
    .balign 16
    .global mincs_payload
mincs_payload:
    .incbin "payload"
    .previous
)");
// clang-format on

extern "C" const char mincs_payload[];

namespace mincs::polecat {
namespace {

constexpr std::uintptr_t kPage = 4096;

[[noreturn]] void fail(const char* why) {
    constexpr const char kWhat[] = "polecat: error: unfolding the bundle's runner: ";
    // Nobody is left to tell if this fails.
    if (write(STDERR_FILENO, kWhat, sizeof kWhat - 1) == -1 ||
        write(STDERR_FILENO, why, std::strlen(why)) == -1 || write(STDERR_FILENO, "\n", 1) == -1)
        _exit(125);
    _exit(125);
}

char* memory(std::uintptr_t at, std::size_t size, int flags) {
    void* const got = mmap(reinterpret_cast<void*>(at), size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (got == MAP_FAILED || (at != 0 && got != reinterpret_cast<void*>(at)))
        fail("no memory where it belongs");
    return static_cast<char*>(got);
}

int protection(unsigned flags) {
    return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
           (flags & PF_X ? PROT_EXEC : 0);
}

/// Puts a segment where it belongs. Memory is never writable and executable at once.
void load(const char* file, const Elf64_Phdr& segment) {
    const std::uintptr_t begin = segment.p_vaddr / kPage * kPage;
    const std::uintptr_t end = (segment.p_vaddr + segment.p_memsz + kPage - 1) / kPage * kPage;
    char* const place = memory(begin, end - begin, MAP_FIXED_NOREPLACE);
    std::memcpy(place + (segment.p_vaddr - begin), file + segment.p_offset, segment.p_filesz);
    if (mprotect(place, end - begin, protection(segment.p_flags)) == -1)
        fail("its memory may not be executed here; polecat -f elf makes a bundle without this");
}

/// What the kernel told about this program is about that one from now on.
void rewrite_auxiliary_vector(Elf64_auxv_t* entry, const Elf64_Ehdr& program,
                              std::uintptr_t headers) {
    for (; entry->a_type != AT_NULL; ++entry) {
        if (entry->a_type == AT_PHDR) entry->a_un.a_val = headers;
        if (entry->a_type == AT_PHNUM) entry->a_un.a_val = program.e_phnum;
        if (entry->a_type == AT_ENTRY) entry->a_un.a_val = program.e_entry;
    }
}

[[noreturn]] void jump(std::uintptr_t entry, void* stack) {
#if defined(__x86_64__)
    // The register is the function for atexit(3): none.
    asm volatile(
        "mov %0, %%rsp\n\t"
        "xor %%edx, %%edx\n\t"
        "xor %%ebp, %%ebp\n\t"
        "jmp *%1"
        :
        : "r"(stack), "r"(entry)
        : "rdx", "memory");
#elif defined(__aarch64__)
    asm volatile(
        "mov sp, %0\n\t"
        "mov x0, xzr\n\t"
        "mov x29, xzr\n\t"
        "mov x30, xzr\n\t"
        "br %1"
        :
        : "r"(stack), "r"(entry)
        : "x0", "memory");
#endif
    __builtin_unreachable();
}

[[noreturn]] void run(char** argv) {
    PayloadHeader header;
    std::memcpy(&header, mincs_payload, sizeof header);
    char* const file = memory(0, header.size, 0);
    if (!unfold(mincs_payload + sizeof header, header.compressed, file, header.size))
        fail("it is damaged");
    Elf64_Ehdr program;
    std::memcpy(&program, file, sizeof program);
    std::uintptr_t headers = 0;
    for (unsigned i = 0; i < program.e_phnum; ++i) {
        Elf64_Phdr segment;
        std::memcpy(&segment, file + program.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type != PT_LOAD) continue;
        load(file, segment);
        if (segment.p_offset == 0) headers = segment.p_vaddr + program.e_phoff;
    }
    munmap(file, header.size);
    // The stack as the kernel made it: argc, argv, environment, auxiliary vector.
    char** variable = environ;
    while (*variable) ++variable;
    rewrite_auxiliary_vector(reinterpret_cast<Elf64_auxv_t*>(variable + 1), program, headers);
    jump(program.e_entry, argv - 1);
}

}  // namespace
}  // namespace mincs::polecat

int main(int, char** argv) {
    mincs::polecat::run(argv);
}
