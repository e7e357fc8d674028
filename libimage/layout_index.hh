// The index.json of an OCI layout as it is written: what others put into it stays, entry for entry.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libimage/documents.hh"

namespace mincs::image {

/// The content of a layout's "oci-layout" file.
inline constexpr std::string_view kLayoutFile = R"({"imageLayoutVersion":"1.0.0"})";

class LayoutIndex {
 public:
    LayoutIndex();  ///< empty
    /// Of a layout that is there. Throws Error where it is none.
    LayoutIndex(std::string_view raw, std::string_view what);
    LayoutIndex(LayoutIndex&&) noexcept;
    ~LayoutIndex();

    /// Adds the image: an entry for each of `names` (whole references), one where there is none. An
    /// entry that has such a name already is replaced.
    void add(const Descriptor& descriptor, const std::vector<std::string>& names);
    /// Adds it by this ref.name alone, and takes the place of what has it.
    void add_tagged(const Descriptor& descriptor, const std::string& tag);
    std::string to_json() const;

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mincs::image
