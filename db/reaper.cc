// See reaper.hh.
#include "db/reaper.hh"

namespace mincs::db {
namespace {

constexpr const char* kDeleteLayer =
    "DELETE FROM layers WHERE key = ?1 AND NOT EXISTS "
    "(SELECT 1 FROM image_layers WHERE layer_key = ?1)";
constexpr const char* kDeleteBlob =
    "DELETE FROM blobs WHERE digest = ?1 AND NOT EXISTS "
    "(SELECT 1 FROM image_blobs WHERE digest = ?1)";
constexpr const char* kFindLayer = "SELECT 1 FROM layers WHERE key = ?";
constexpr const char* kFindBlob = "SELECT 1 FROM blobs WHERE digest = ?";
constexpr const char* kIsLayerNamed = "SELECT 1 FROM image_layers WHERE layer_key = ?";
constexpr const char* kIsBlobNamed = "SELECT 1 FROM image_blobs WHERE digest = ?";

}  // namespace

void Reaper::add_layer(const std::string& key) {
    add({key, key, true});
}

void Reaper::add_blob(const std::string& digest) {
    add({digest, Digest::parse(digest).hex(), false});
}

void Reaper::add(Candidate candidate) {
    // Layers and blobs share the locks of their first bits (locks.hh); our own never refuse us.
    auto& list = locks_.try_lock(candidate.lock_key) ? locked_ : busy_;
    list.push_back(std::move(candidate));
}

void Reaper::delete_rows() {
    Database& database = store_.database();
    Statement delete_layer = database.prepare(kDeleteLayer);
    Statement delete_blob = database.prepare(kDeleteBlob);
    Statement find_layer = database.prepare(kFindLayer);
    Statement find_blob = database.prepare(kFindBlob);
    for (const Candidate& candidate : locked_) {
        (candidate.is_layer ? delete_layer : delete_blob).bind(candidate.key).run();
        if (!(candidate.is_layer ? find_layer : find_blob).bind(candidate.key).step())
            gone_.push_back(candidate);
    }
    for (const Candidate& candidate : busy_)
        is_left_ = is_left_ ||
                   !database.query(candidate.is_layer ? kIsLayerNamed : kIsBlobNamed, candidate.key)
                        .step();
}

void Reaper::bury() {
    for (const Candidate& candidate : gone_) {
        trash_.take(candidate.is_layer ? store_.layout().layer(candidate.key)
                                       : store_.layout().blob(Digest::parse(candidate.key)));
        ++(candidate.is_layer ? layers_ : blobs_);
    }
    for (const Candidate& candidate : locked_) locks_.unlock(candidate.lock_key);
    if (std::exchange(is_left_, false)) trash_.leave_mark();
    locked_.clear();
    busy_.clear();
    gone_.clear();
}

}  // namespace mincs::db
