// What verify says: a line on stdout for each damaged thing and for each repaired one, and the
// sums.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace mincs::marten {

class VerifyReport {
 public:
    /// One damaged thing (a layer, a blob, a row) begins. `image`: the label of the image it is of.
    void begin(const std::string& image, const std::string& thing);
    /// What is wrong with it; any number of times. Prints "IMAGE: THING: WHAT".
    void damage(std::string_view what);
    /// It is whole again.
    void repaired(std::string_view how);
    /// It stays damaged.
    void not_repaired(std::string_view why);

    std::int64_t things() const { return things_; }        ///< damaged ones
    std::int64_t repairs() const { return repairs_; }      ///< of these
    std::size_t images() const { return images_.size(); }  ///< that damaged things belong to

 private:
    void print(std::string_view what) const;

    std::string image_, thing_;
    bool told_ = false;  ///< something is wrong with the present thing
    std::int64_t things_ = 0, repairs_ = 0;
    std::set<std::string> images_;
};

}  // namespace mincs::marten
