// See pack.hh. A squashfs image is written front to back: super block, file data, then the tables:
// inodes, directories, fragments, owners, attributes (Documentation/filesystems/squashfs.rst of the
// kernel). A directory's inode needs the place of its listing, and a listing the places of the
// inodes it names: so leaves first, root last.
#include "tools/polecat/pack.hh"

#include <sqfs/block.h>
#include <sqfs/block_processor.h>
#include <sqfs/block_writer.h>
#include <sqfs/compressor.h>
#include <sqfs/dir.h>
#include <sqfs/dir_writer.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/meta_writer.h>
#include <sqfs/super.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "libcore/base/digest.hh"
#include "tools/polecat/file_content.hh"
#include "tools/polecat/packed_attributes.hh"
#include "tools/polecat/prepared_blocks.hh"
#include "tools/polecat/sqfs.hh"
#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint64_t kAlign = 4096;
// Of a file that is not compressed. Its tail in a fragment would be, with those of others.
constexpr std::uint32_t kPlain = SQFS_BLK_DONT_COMPRESS | SQFS_BLK_DONT_FRAGMENT;

struct FreeInode {
    void operator()(sqfs_inode_generic_t* inode) const { sqfs_free(inode); }
};
using Inode = std::unique_ptr<sqfs_inode_generic_t, FreeInode>;

/// One inode to be written; several names may share it (hard links).
struct Node {
    const File* file = nullptr;
    std::string path;                  // the first name
    std::vector<std::size_t> entries;  // of a directory: indexes into the list of names
    std::uint32_t number = 0;
    std::uint32_t names = 0;  // hard link count
    std::uint32_t xattr = PackedAttributes::kNone;
    std::uint64_t place = 0;  // "inode reference", once written
    sqfs_inode_generic_t* data =
        nullptr;  // of a regular file, kept up to date by the block processor

    bool is_directory() const { return S_ISDIR(file->info.st_mode); }
};

/// A name in a directory, and the inode behind it.
struct Name {
    std::string leaf;
    Node* node;
};

class Packer {
 public:
    Packer(const fs::RootDir& root, const PackOptions& options, int out)
        : root_(root), options_(options) {
        create_compressor();
        // The library opens by name; this name is the very file behind the descriptor.
        file_ =
            made(sqfs_open_file(fs::proc_path(out).c_str(), SQFS_FILE_OPEN_OVERWRITE), "opening");
        ids_ = made(sqfs_id_table_create(0), "owners");
        fragments_ = made(sqfs_frag_table_create(0), "fragments");
        inodes_ = made(sqfs_meta_writer_create(file_.get(), compressor_.get(), 0), "inodes");
        listings_ = made(sqfs_meta_writer_create(file_.get(), compressor_.get(),
                                                 SQFS_META_WRITER_KEEP_IN_MEMORY),
                         "directories");
        directories_ = made(sqfs_dir_writer_create(listings_.get(), 0), "directories");
    }

    ~Packer() {
        for (const auto& node : nodes_) sqfs_free(node->data);
    }

    PackResult pack(const Files& files) {
        const auto date = static_cast<std::uint32_t>(
            std::clamp<std::int64_t>(options_.source_date_epoch.value_or(0), 0, UINT32_MAX));
        check_sqfs(sqfs_super_init(&super_, options_.block_size, date, compressor_id()),
                   "super block");
        check_sqfs(sqfs_super_write(&super_, file_.get()), "super block");
        write_compressor_options();
        collect(files);
        read_attributes();
        write_data();
        super_.inode_table_start = file_->get_size(file_.get());
        write_directory(*nodes_.front(), *nodes_.front());
        finish_tables();
        return {pad(), all_compressed_, files.size()};
    }

 private:
    SQFS_COMPRESSOR compressor_id() const {
        return options_.compression == PackCompression::kXz ? SQFS_COMP_XZ : SQFS_COMP_ZSTD;
    }

    void create_compressor() {
        sqfs_compressor_config_t config;
        // Programs are most of it: xz tries a filter for x86 code as well.
        const bool is_xz = compressor_id() == SQFS_COMP_XZ;
        check_sqfs(sqfs_compressor_config_init(&config, compressor_id(), options_.block_size,
                                               is_xz ? SQFS_COMP_FLAG_XZ_X86 : 0),
                   "setting up the compression");
        if (!is_xz) config.level = static_cast<std::uint32_t>(options_.zstd_level);
        sqfs_compressor_t* compressor = nullptr;
        check_sqfs(sqfs_compressor_create(&config, &compressor), "setting up the compression");
        compressor_.reset(compressor);
    }

    void write_compressor_options() {
        const int size = compressor_->write_options(compressor_.get(), file_.get());
        if (size < 0) check_sqfs(size, "compressor options");
        if (size > 0) super_.flags |= SQFS_FLAG_COMPRESSOR_OPTIONS;
    }

    /// Makes the tree. `files` is sorted, and a directory stands before what is in it.
    void collect(const Files& files) {
        std::map<std::string_view, Node*> directories;
        std::map<std::pair<dev_t, ino_t>, Node*> shared;
        for (const auto& [path, file] : files) {
            const struct stat& info = file.info;
            Node*& known = shared[{info.st_dev, info.st_ino}];
            const bool is_another_name = known && S_ISREG(info.st_mode) && info.st_nlink > 1;
            Node* node = is_another_name ? known : add_node(path, file);
            known = node;
            if (node->is_directory()) directories[path] = node;
            node->names += 1;
            if (path == "/") continue;
            const std::size_t slash = path.rfind('/');
            Node* parent =
                directories.at(std::string_view(path).substr(0, std::max<std::size_t>(slash, 1)));
            parent->entries.push_back(names_.size());
            names_.push_back({path.substr(slash + 1), node});
        }
    }

    Node* add_node(const std::string& path, const File& file) {
        auto node = std::make_unique<Node>();
        node->file = &file;
        node->path = path;
        nodes_.push_back(std::move(node));
        nodes_.back()->number = static_cast<std::uint32_t>(nodes_.size());
        return nodes_.back().get();
    }

    void read_attributes() {
        for (const auto& node : nodes_)
            if (S_ISREG(node->file->info.st_mode)) node->xattr = attributes_.add(root_, node->path);
    }

    /// Compresses the content of all regular files, several blocks at a time: in the order of
    /// paths, then those that a run opened, so that the ends of small files are not in one fragment
    /// with those of files that nobody asks for, and side by side behind them those of every start,
    /// when it is known what room is left.
    void write_data() {
        blocks_ = made(sqfs_block_writer_create(file_.get(), SQFS_DEVBLK_SIZE, 0), "blocks");
        std::map<std::string_view, Node*> others;
        for (const auto& node : nodes_)
            if (S_ISREG(node->file->info.st_mode)) others[node->path] = node.get();
        std::vector<Node*> first, copies, opened, rest;
        for (const std::string& path : options_.first) {
            const auto node = others.find(path);
            if (node == others.end()) continue;
            first.push_back(node->second);
            others.erase(node);
        }
        for (const auto& [path, node] : others) {
            const bool is_opened = options_.opened.contains(node->path);
            (is_copy_of_any(*node, first) ? copies : is_opened ? opened : rest).push_back(node);
        }
        first.insert(first.end(), copies.begin(), copies.end());
        write_contents(rest, *compressor_, 0);
        write_contents(opened, *compressor_, 0);
        switch (options_.plain) {
            case Plain::kNone:
                return write_contents(first, *compressor_, 0);
            case Plain::kAll:
                return write_contents(first, *compressor_, kPlain);
            case Plain::kWithinBudget:
                return write_within_budget(first);
        }
    }

    /// What is twice in the root is once in the image, where both are stored alike.
    bool is_copy_of_any(const Node& node, const std::vector<Node*>& others) const {
        const off_t size = node.file->info.st_size;
        return size > 0 && std::any_of(others.begin(), others.end(), [&](const Node* other) {
                   return other->file->info.st_size == size && digest_of(*other) == digest_of(node);
               });
    }

    Digest digest_of(const Node& node) const {
        Hasher hasher;
        read_blocks(node, [&](std::string_view bytes) { hasher.update(bytes); });
        return hasher.finish();
    }

    void write_within_budget(const std::vector<Node*>& nodes) {
        PreparedBlocks blocks(*compressor_);
        for (const Node* node : nodes)
            read_blocks(*node, [&](std::string_view bytes) { blocks.add(std::string(bytes)); });
        blocks.compress(options_.threads);
        all_compressed_ = file_->get_size(file_.get()) + blocks.size() + most_of_tables();
        blocks.choose_plain(room_for_blocks(options_.budget, all_compressed_));
        write_contents(nodes, *blocks.compressor(), SQFS_BLK_DONT_FRAGMENT);
    }

    /// Bytes of all that stands behind the data, as if it were not compressed, and of the padding.
    std::uint64_t most_of_tables() const {
        constexpr std::uint64_t kPerName = sizeof(sqfs_dir_header_t) + sizeof(sqfs_dir_entry_t);
        constexpr std::uint64_t kPerInode = sizeof(sqfs_inode_t) + sizeof(sqfs_inode_file_ext_t) +
                                            2 * sizeof(sqfs_u32) + sizeof(sqfs_fragment_t);
        std::uint64_t bytes = attributes_.most_bytes() + 2 * kAlign;
        for (const Name& name : names_) bytes += kPerName + name.leaf.size();
        for (const auto& node : nodes_)
            bytes += kPerInode + node->file->link.size() +
                     static_cast<std::uint64_t>(node->file->info.st_size) / options_.block_size *
                         sizeof(sqfs_u32);
        return bytes;
    }

    void write_contents(const std::vector<Node*>& nodes, sqfs_compressor_t& compressor,
                        std::uint32_t flags) {
        const auto processor = made(
            sqfs_block_processor_create(options_.block_size, &compressor, options_.threads,
                                        10 * options_.threads, blocks_.get(), fragments_.get()),
            "blocks");
        for (Node* node : nodes) {
            const std::string name = printable(node->path);
            check_sqfs(
                sqfs_block_processor_begin_file(processor.get(), &node->data, nullptr, flags),
                name);
            read_blocks(*node, [&](std::string_view bytes) {
                check_sqfs(sqfs_block_processor_append(processor.get(), bytes.data(), bytes.size()),
                           name);
            });
            check_sqfs(sqfs_block_processor_end_file(processor.get()), name);
        }
        check_sqfs(sqfs_block_processor_finish(processor.get()), "blocks");
    }

    void read_blocks(const Node& node, const std::function<void(std::string_view)>& take) const {
        read_content(root_, node.path, static_cast<std::uint64_t>(node.file->info.st_size),
                     options_.block_size, take);
    }

    /// Writes what is in the directory, then its listing, then its own inode.
    void write_directory(Node& node, const Node& parent) {
        for (const std::size_t index : node.entries) {
            Node& child = *names_[index].node;
            if (child.is_directory())
                write_directory(child, node);
            else if (child.place == 0)
                write_leaf(child);
        }
        std::size_t subdirectories = 0;
        check_sqfs(sqfs_dir_writer_begin(directories_.get(), 0), "directories");
        for (const std::size_t index : node.entries) {
            const Name& name = names_[index];
            if (name.node->is_directory()) ++subdirectories;
            check_sqfs(sqfs_dir_writer_add_entry(
                           directories_.get(), name.leaf.c_str(), name.node->number,
                           name.node->place, static_cast<sqfs_u16>(name.node->file->info.st_mode)),
                       printable(node.path));
        }
        check_sqfs(sqfs_dir_writer_end(directories_.get()), "directories");
        // The root is its own parent but gets a number that no inode has there, as mksquashfs does.
        const std::uint32_t parent_number =
            &node == &parent ? static_cast<std::uint32_t>(nodes_.size() + 1) : parent.number;
        const Inode inode(sqfs_dir_writer_create_inode(directories_.get(), 2 + subdirectories,
                                                       PackedAttributes::kNone, parent_number));
        if (!inode) throw Error("writing the squashfs image: out of memory");
        write_inode(node, inode.get());
    }

    void write_leaf(Node& node) {
        if (S_ISLNK(node.file->info.st_mode)) {
            const std::string& target = node.file->link;
            const Inode inode(static_cast<sqfs_inode_generic_t*>(
                std::calloc(1, sizeof(sqfs_inode_generic_t) + target.size())));
            if (!inode) throw Error("writing the squashfs image: out of memory");
            inode->base.type = SQFS_INODE_SLINK;
            inode->data.slink.nlink = node.names;
            inode->data.slink.target_size = static_cast<std::uint32_t>(target.size());
            inode->payload_bytes_available = inode->payload_bytes_used =
                static_cast<std::uint32_t>(target.size());
            std::memcpy(inode->extra, target.data(), target.size());
            write_inode(node, inode.get());
            return;
        }
        if (node.names > 1 || node.xattr != PackedAttributes::kNone) {
            check_sqfs(sqfs_inode_make_extended(node.data), printable(node.path));
            node.data->data.file_ext.nlink = node.names;
        }
        check_sqfs(sqfs_inode_set_xattr_index(node.data, node.xattr), printable(node.path));
        write_inode(node, node.data);
    }

    /// Fills in what all inodes have, and writes.
    void write_inode(Node& node, sqfs_inode_generic_t* inode) {
        const struct stat& info = node.file->info;
        std::int64_t mtime = std::clamp<std::int64_t>(info.st_mtime, 0, UINT32_MAX);
        if (options_.source_date_epoch) mtime = std::min(mtime, *options_.source_date_epoch);
        inode->base.mode = static_cast<sqfs_u16>(info.st_mode);
        inode->base.mod_time = static_cast<sqfs_u32>(std::max<std::int64_t>(mtime, 0));
        inode->base.inode_number = node.number;
        check_sqfs(sqfs_id_table_id_to_index(ids_.get(), info.st_uid, &inode->base.uid_idx),
                   "owners");
        check_sqfs(sqfs_id_table_id_to_index(ids_.get(), info.st_gid, &inode->base.gid_idx),
                   "owners");
        sqfs_u64 block = 0;
        sqfs_u32 offset = 0;
        sqfs_meta_writer_get_position(inodes_.get(), &block, &offset);
        node.place = (block << 16) | offset;
        check_sqfs(sqfs_meta_writer_write_inode(inodes_.get(), inode), printable(node.path));
        super_.root_inode_ref = node.place;  // the root is the last one
    }

    void finish_tables() {
        check_sqfs(sqfs_meta_writer_flush(inodes_.get()), "inodes");
        check_sqfs(sqfs_meta_writer_flush(listings_.get()), "directories");
        super_.directory_table_start = file_->get_size(file_.get());
        check_sqfs(sqfs_meta_write_write_to_file(listings_.get()), "directories");
        super_.inode_count = static_cast<std::uint32_t>(nodes_.size());
        check_sqfs(sqfs_frag_table_write(fragments_.get(), file_.get(), &super_, compressor_.get()),
                   "fragments");
        check_sqfs(sqfs_id_table_write(ids_.get(), file_.get(), &super_, compressor_.get()),
                   "owners");
        attributes_.write(*file_, super_, *compressor_);
        super_.bytes_used = file_->get_size(file_.get());
        check_sqfs(sqfs_super_write(&super_, file_.get()), "super block");
    }

    /// Fills up to whole pages, which loop devices and the bundle's layout want.
    std::uint64_t pad() {
        const std::uint64_t size = file_->get_size(file_.get());
        const std::uint64_t padded = (size + kAlign - 1) / kAlign * kAlign;
        check_sqfs(file_->truncate(file_.get(), padded), "padding");
        return padded;
    }

    const fs::RootDir& root_;
    const PackOptions& options_;
    // In this order, as each is used by those below it until they go.
    Sqfs<sqfs_compressor_t> compressor_;
    Sqfs<sqfs_file_t> file_;
    Sqfs<sqfs_id_table_t> ids_;
    PackedAttributes attributes_;
    Sqfs<sqfs_frag_table_t> fragments_;
    Sqfs<sqfs_block_writer_t> blocks_;
    Sqfs<sqfs_meta_writer_t> inodes_;
    Sqfs<sqfs_meta_writer_t> listings_;
    Sqfs<sqfs_dir_writer_t> directories_;
    sqfs_super_t super_ = {};
    std::vector<std::unique_ptr<Node>> nodes_;  // the root first; order of numbers
    std::vector<Name> names_;
    std::uint64_t all_compressed_ = 0;
};

}  // namespace

PackResult pack(const fs::RootDir& root, const Files& files, const PackOptions& options, int out) {
    return Packer(root, options, out).pack(files);
}

}  // namespace mincs::polecat
