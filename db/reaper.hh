// Takes layers and blobs that no image names out of the store: the locks of their keys first, then
// all their rows in the caller's one transaction, then their files into the trash. Who holds one of
// the locks works on that layer: it is left, with a mark for the next sweep.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/locks.hh"
#include "db/trash.hh"

namespace mincs::db {

class Reaper {
 public:
    Reaper(Store& store, Trash& trash) : store_(store), trash_(trash), locks_(store) {}
    Reaper(const Reaper&) = delete;

    /// A candidate: takes its lock if nobody has it. Each once.
    void add_layer(const std::string& key);
    void add_blob(const std::string& digest);
    /// Deletes the rows of those candidates that no image names. The caller commits, and calls
    /// bury() then.
    void delete_rows();
    /// Moves the files of candidates without a row into the trash, and lets go of all locks.
    void bury();

    std::int64_t layers() const { return layers_; }  ///< taken
    std::int64_t blobs() const { return blobs_; }

 private:
    struct Candidate {
        std::string key;       ///< as in its table
        std::string lock_key;  ///< hex
        bool is_layer;
    };
    void add(Candidate candidate);

    Store& store_;
    Trash& trash_;
    KeyLocks locks_;
    std::vector<Candidate> locked_;
    std::vector<Candidate> busy_;
    std::vector<Candidate> gone_;
    bool is_left_ = false;  ///< one that nobody names, and somebody works on
    std::int64_t layers_ = 0;
    std::int64_t blobs_ = 0;
};

}  // namespace mincs::db
