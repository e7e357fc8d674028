// A file that is there whole or not at all: written without a name in the directory it will be in,
// synced and placed at the end. What is no regular file (a pipe, stdout) is written as it is.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "libcore/base/fd.hh"

namespace mincs::image {

class OutputFile {
 public:
    /// "-" is stdout; UsageError where that is a terminal, which bytes of an archive would upset.
    explicit OutputFile(const std::string& path);
    OutputFile(const OutputFile&) = delete;
    /// Without commit() the place is as it was.
    ~OutputFile();

    /// In quotes, for errors.
    const std::string& name() const { return name_; }
    void write(std::string_view bytes);
    void commit();

 private:
    std::string temporary_name(unsigned attempt) const;
    Fd create_temporary();
    void name_file();

    std::filesystem::path path_;
    bool place_at_commit_ = false;  ///< a regular file
    std::string temporary_;         ///< a name it has for now; maybe none
    std::string name_;
    Fd fd_;
};

}  // namespace mincs::image
