// What libc++, libunwind and libcap, which Debian built against glibc, want of it and musl does not
// have: the checked forms of functions that -D_FORTIFY_SOURCE makes of the plain ones (they check
// the callers' buffers, which are libraries' here), and the names of types in the message of an
// exception that nobody catches, which would be a quarter of the runner.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

extern "C" {

int __vfprintf_chk(FILE* file, int, const char* format, va_list args) {
    return vfprintf(file, format, args);
}

int __fprintf_chk(FILE* file, int, const char* format, ...) {
    va_list args;
    va_start(args, format);
    const int result = vfprintf(file, format, args);
    va_end(args);
    return result;
}

int __vasprintf_chk(char** text, int, const char* format, va_list args) {
    return vasprintf(text, format, args);
}

int __asprintf_chk(char** text, int, const char* format, ...) {
    va_list args;
    va_start(args, format);
    const int result = vasprintf(text, format, args);
    va_end(args);
    return result;
}

int __vsnprintf_chk(char* buffer, size_t size, int, size_t, const char* format, va_list args) {
    return vsnprintf(buffer, size, format, args);
}

int __sprintf_chk(char* buffer, int, size_t size, const char* format, ...) {
    va_list args;
    va_start(args, format);
    const int result = vsnprintf(buffer, size, format, args);
    va_end(args);
    return result;
}

void* __memmove_chk(void* to, const void* from, size_t size, size_t) {
    return memmove(to, from, size);
}

void* __memcpy_chk(void* to, const void* from, size_t size, size_t) {
    return memcpy(to, from, size);
}

wchar_t* __wmemcpy_chk(wchar_t* to, const wchar_t* from, size_t size, size_t) {
    return wmemcpy(to, from, size);
}

wchar_t* __wmemmove_chk(wchar_t* to, const wchar_t* from, size_t size, size_t) {
    return wmemmove(to, from, size);
}

/// The decoders of zstd's formats before 1.0, a sixth of the runner, which Debian's libzstd brings
/// along: decompress.cc hands it frames of today's only.
void mincs_no_old_zstd() {
    abort();
}

char* __cxa_demangle(const char*, char*, size_t*, int* status) {
    *status = -1;
    return nullptr;
}
}

// clang-format off
asm(R"(
    .irp version, 05, 06, 07
    .irp name, createDCtx, decompressContinue, decompressInitDictionary, freeDCtx
    .global ZBUFFv\version\()_\name
    .set ZBUFFv\version\()_\name, mincs_no_old_zstd
    .endr
    .irp name, createDCtx, decompress_usingDict, findFrameSizeInfoLegacy, freeDCtx, getFrameParams
    .global ZSTDv\version\()_\name
    .set ZSTDv\version\()_\name, mincs_no_old_zstd
    .endr
    .endr
)");
// clang-format on
