// libarchive converts names through the thread's LC_CTYPE. Reading under "C" it hands out an
// archive's bytes as they are; under UTF-8 it would *normalise* names (NFC), and make another file
// of "e" + U+0301 than the image has. Writing it never does so; under "C.UTF-8" it writes UTF-8 as
// it is, where under "C" it would mark every name that is not ASCII as of an unknown charset.
#pragma once

#include <locale.h>

#include "libcore/base/error.hh"

namespace mincs::layer {

/// In this thread, while it lives, characters are bytes; with "C.UTF-8" they are UTF-8, if there is
/// such a locale.
class CLocale {
 public:
    explicit CLocale(const char* name = "C") : locale_(make(name)) {
        if (!locale_) locale_ = make("C");
        if (!locale_) throw SysError(errno, "making a locale");
        previous_ = uselocale(locale_);
    }
    CLocale(const CLocale&) = delete;
    ~CLocale() {
        uselocale(previous_);
        freelocale(locale_);
    }

 private:
    static locale_t make(const char* name) {
        return newlocale(LC_CTYPE_MASK, name, static_cast<locale_t>(nullptr));
    }
    locale_t locale_;
    locale_t previous_;
};

}  // namespace mincs::layer
