// libarchive converts names through the thread's LC_CTYPE. Under "C" it hands out and takes an
// archive's bytes as they are; under UTF-8 it would *normalise* names it reads (NFC), and make
// another file of "e" + U+0301 than the image has.
#pragma once

#include <locale.h>

#include "libcore/base/error.hh"

namespace mincs::layer {

/// In this thread, while it lives, characters are bytes.
class CLocale {
 public:
    CLocale() : locale_(newlocale(LC_CTYPE_MASK, "C", static_cast<locale_t>(nullptr))) {
        if (!locale_) throw SysError(errno, "making a locale");
        previous_ = uselocale(locale_);
    }
    CLocale(const CLocale&) = delete;
    ~CLocale() {
        uselocale(previous_);
        freelocale(locale_);
    }

 private:
    locale_t locale_;
    locale_t previous_;
};

}  // namespace mincs::layer
