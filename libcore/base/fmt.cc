// The formatting library's own code, compiled once here instead of in every file that formats (its
// header-only mode doubles the time of a build). Debian has it as a shared library only, and minc
// and the bundle's runner are static.
#include <fmt/format-inl.h>

// Declared in its headers, defined in the one above, and used by it without being instantiated.
template fmt::detail::thousands_sep_result<char> fmt::detail::thousands_sep_impl<char>(
    fmt::detail::locale_ref);
template char fmt::detail::decimal_point_impl<char>(fmt::detail::locale_ref);
