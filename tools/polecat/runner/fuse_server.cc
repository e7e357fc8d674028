// See fuse_server.hh. A file's number for the kernel ("node") is its InodeRef plus 2, as 0 is
// nothing and 1 the root; so nothing is to be remembered, and FORGET is no news.
#include "tools/polecat/runner/fuse_server.hh"

#include <linux/fuse.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint64_t kForEver = 1u << 30;  // seconds
constexpr std::size_t kRequestRoom = 64u << 10;
constexpr std::uint32_t kPages = 256;  // of 4 KiB, in one READ
constexpr std::uint32_t kPage = 4096;
constexpr std::uint32_t kMostRead = kPages * kPage;
constexpr std::size_t kMostListed = 100'000;  // entries of directories kept
constexpr std::size_t kFilesKept = 8;
constexpr std::uint64_t kLookAhead = 1u << 20;  // bytes
constexpr std::uint32_t kMinor = 31;            // the protocol this is written to
constexpr std::uint32_t kNameMax = 255;

template <typename Struct>
std::string bytes_of(const Struct& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// Thrown for what is the asker's error and not the image's.
struct Refused {
    int code;
};

}  // namespace

struct FuseServer::Request {
    fuse_in_header header;
    std::string_view body;

    template <typename Struct>
    Struct as() const {
        Struct value = {};
        if (body.size() < sizeof value) throw Refused{EINVAL};
        std::memcpy(&value, body.data(), sizeof value);
        return value;
    }
};

InodeRef FuseServer::ref_of(std::uint64_t node) const {
    if (node == 0) throw Refused{EINVAL};
    return node == FUSE_ROOT_ID ? image_.root() : node - 2;
}

std::uint64_t FuseServer::node_of(InodeRef ref) const {
    return ref == image_.root() ? std::uint64_t{FUSE_ROOT_ID} : ref + 2;
}

void FuseServer::answer(std::string_view request) {
    Request parsed = {};
    if (request.size() < sizeof parsed.header) return;
    std::memcpy(&parsed.header, request.data(), sizeof parsed.header);
    parsed.body = request.substr(sizeof parsed.header);
    switch (parsed.header.opcode) {
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
        case FUSE_INTERRUPT:
            return;  // these want no answer
        default:
            break;
    }
    Reply reply;
    int code = 0;
    try {
        reply = dispatch(parsed);
    } catch (const Refused& refused) {
        code = refused.code;
    } catch (const Error& error) {
        debug("file server: {}", error.what());
        code = EIO;
    }
    send(parsed.header.unique, code, reply);
}

FuseServer::Reply FuseServer::dispatch(const Request& request) {
    switch (request.header.opcode) {
        case FUSE_INIT:
            return {initialize(request), {}};
        case FUSE_LOOKUP:
            return {look_up(request), {}};
        case FUSE_GETATTR:
            return {get_attributes(request), {}};
        case FUSE_READLINK:
            return {read_link(request), {}};
        case FUSE_READ:
            return {"", read_file(request)};
        case FUSE_READDIR:
            return {read_directory(request, false), {}};
        case FUSE_READDIRPLUS:
            return {read_directory(request, true), {}};
        case FUSE_GETXATTR:
            return {get_attribute(request), {}};
        case FUSE_LISTXATTR:
            return {list_attributes(request), {}};
        case FUSE_STATFS:
            return {tell_size(), {}};
        case FUSE_DESTROY:
        case FUSE_RELEASE:
        case FUSE_RELEASEDIR:
            return {};
        default:
            // Also to OPEN, OPENDIR and FLUSH: the kernel does without them from then on.
            throw Refused{ENOSYS};
    }
}

/// By one writev(2), as the kernel wants it.
void FuseServer::send(std::uint64_t unique, int error, const Reply& reply) {
    fuse_out_header out = {};
    out.unique = unique;
    out.error = -error;
    std::vector<iovec> parts = {{&out, sizeof out}};
    const auto add = [&](const char* bytes, std::size_t size) {
        if (size > 0) parts.push_back({const_cast<char*>(bytes), size});
    };
    add(reply.bytes.data(), reply.bytes.size());
    for (const Piece& piece : reply.pieces)
        add(piece.bytes ? piece.bytes : zeros_.data(), piece.size);
    std::size_t size = 0;
    for (const iovec& part : parts) size += part.iov_len;
    out.len = static_cast<std::uint32_t>(size);
    // ENOENT: whoever asked was interrupted meanwhile.
    if (writev(device_, parts.data(), static_cast<int>(parts.size())) == -1 && errno != ENOENT &&
        errno != EINTR && errno != ENODEV)
        throw SysError(errno, "writing to '/dev/fuse'");
}

std::string FuseServer::initialize(const Request& request) {
    const auto in = request.as<fuse_init_in>();
    if (in.major < FUSE_KERNEL_VERSION) throw Refused{EPROTO};
    constexpr std::uint32_t kWishes = FUSE_ASYNC_READ | FUSE_PARALLEL_DIROPS | FUSE_DO_READDIRPLUS |
                                      FUSE_READDIRPLUS_AUTO | FUSE_CACHE_SYMLINKS | FUSE_MAX_PAGES |
                                      FUSE_NO_OPEN_SUPPORT | FUSE_NO_OPENDIR_SUPPORT;
    fuse_init_out out = {};
    out.major = FUSE_KERNEL_VERSION;
    out.minor = std::min(in.minor, kMinor);
    out.max_readahead = in.max_readahead;
    out.flags = in.flags & kWishes;
    out.max_background = 16;
    out.congestion_threshold = 12;
    out.max_write = kPage;
    out.time_gran = 1'000'000'000;
    out.max_pages = kPages;
    return bytes_of(out);
}

std::string FuseServer::attributes_of(const Inode& inode) const {
    fuse_attr attr = {};
    attr.ino = inode.number;
    attr.size = inode.size;
    attr.blocks = (inode.size + 511) / 512;
    attr.mtime = attr.atime = attr.ctime = inode.mtime;
    attr.mode = inode.mode;
    attr.nlink = std::max(inode.links, 1u);
    attr.uid = owner_.single_owner ? owner_.uid : inode.uid;
    attr.gid = owner_.single_owner ? owner_.gid : inode.gid;
    attr.rdev = inode.device;
    attr.blksize = image_.block_size();
    return bytes_of(attr);
}

std::string FuseServer::entry_of(InodeRef ref) {
    fuse_entry_out entry = {};
    const Inode inode = image_.inode(ref);
    entry.nodeid = node_of(ref);
    entry.entry_valid = entry.attr_valid = kForEver;
    const std::string attr = attributes_of(inode);
    std::memcpy(&entry.attr, attr.data(), sizeof entry.attr);
    return bytes_of(entry);
}

const DirectoryEntry* FuseServer::find(InodeRef directory, std::string_view name) {
    const std::vector<DirectoryEntry>& entries = listing(directory);
    const auto found = std::lower_bound(
        entries.begin(), entries.end(), name,
        [](const DirectoryEntry& entry, std::string_view wanted) { return entry.name < wanted; });
    return found != entries.end() && found->name == name ? &*found : nullptr;
}

std::string FuseServer::look_up(const Request& request) {
    const std::string_view name = request.body.substr(0, request.body.find('\0'));
    if (name.size() > kNameMax) throw Refused{ENAMETOOLONG};
    if (const DirectoryEntry* entry = find(ref_of(request.header.nodeid), name))
        return entry_of(entry->ref);
    fuse_entry_out nothing = {};  // which the kernel remembers as well
    nothing.entry_valid = kForEver;
    return bytes_of(nothing);
}

std::string FuseServer::get_attributes(const Request& request) {
    fuse_attr_out out = {};
    const InodeRef ref = ref_of(request.header.nodeid);
    out.attr_valid = kForEver;
    const std::string attr = attributes_of(image_.inode(ref));
    std::memcpy(&out.attr, attr.data(), sizeof out.attr);
    return bytes_of(out);
}

std::string FuseServer::read_link(const Request& request) {
    const Inode inode = image_.inode(ref_of(request.header.nodeid));
    if (!S_ISLNK(inode.mode)) throw Refused{EINVAL};
    return inode.target;
}

FuseServer::KnownFile& FuseServer::file(InodeRef ref) {
    const auto found = std::find_if(files_.begin(), files_.end(),
                                    [&](const KnownFile& known) { return known.ref == ref; });
    if (found != files_.end()) {
        files_.splice(files_.begin(), files_, found);
    } else {
        files_.push_front({ref, image_.inode(ref), 0});
        if (files_.size() > kFilesKept) files_.pop_back();
    }
    return files_.front();
}

std::vector<Piece> FuseServer::read_file(const Request& request) {
    const auto in = request.as<fuse_read_in>();
    KnownFile& known = file(ref_of(request.header.nodeid));
    if (!S_ISREG(known.inode.mode)) throw Refused{EISDIR};
    const std::uint32_t size = std::min(in.size, kMostRead);
    // Who reads on will want what comes then.
    if (in.offset > 0 && in.offset == known.read_up_to)
        image_.expect(known.inode, in.offset + size, kLookAhead);
    known.read_up_to = in.offset + size;
    return image_.pieces(known.inode, in.offset, size);
}

/// Not through links.
InodeRef FuseServer::walk(std::string_view path) {
    InodeRef ref = image_.root();
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        if (name.empty()) continue;
        const DirectoryEntry* entry = find(ref, name);
        if (!entry) throw Refused{ENOENT};
        ref = entry->ref;
    }
    return ref;
}

void FuseServer::expect(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        try {
            const Inode inode = image_.inode(walk(path));
            if (S_ISREG(inode.mode)) image_.expect(inode, 0, inode.size);
        } catch (const Refused&) {
        } catch (const Error&) {
            // Who really asks for it is told.
        }
    }
}

const std::vector<DirectoryEntry>& FuseServer::listing(InodeRef ref) {
    const auto found = listings_.find(ref);
    if (found != listings_.end()) return found->second;
    const Inode inode = image_.inode(ref);
    if (!S_ISDIR(inode.mode)) throw Refused{ENOTDIR};
    std::vector<DirectoryEntry> entries = image_.list(inode);
    if (listed_ + entries.size() > kMostListed) {
        listings_.clear();
        listed_ = 0;
    }
    listed_ += entries.size();
    return listings_[ref] = std::move(entries);
}

std::string FuseServer::read_directory(const Request& request, bool with_attributes) {
    const auto in = request.as<fuse_read_in>();
    const std::size_t room = std::min(in.size, kMostRead);
    const InodeRef ref = ref_of(request.header.nodeid);
    const std::vector<DirectoryEntry>& entries = listing(ref);
    std::string out;
    // The offset of an entry is the place of the next one; "." and ".." are 0 and 1.
    for (std::uint64_t i = in.offset; i < entries.size() + 2; ++i) {
        const bool is_dot = i < 2;
        const std::string_view name =
            is_dot ? std::string_view("..").substr(0, i + 1) : entries[i - 2].name;
        const std::size_t head = with_attributes ? FUSE_NAME_OFFSET_DIRENTPLUS : FUSE_NAME_OFFSET;
        const std::size_t size = FUSE_DIRENT_ALIGN(head + name.size());
        if (out.size() + size > room) break;
        // For the dots the kernel wants none, and takes a node 0 for that.
        if (with_attributes)
            out += is_dot ? bytes_of(fuse_entry_out{}) : entry_of(entries[i - 2].ref);
        fuse_dirent entry = {};
        entry.ino = is_dot ? 1 : entries[i - 2].number;
        entry.off = i + 1;
        entry.namelen = static_cast<std::uint32_t>(name.size());
        entry.type = (is_dot ? S_IFDIR : entries[i - 2].type) >> 12;
        out.append(reinterpret_cast<const char*>(&entry), FUSE_NAME_OFFSET).append(name);
        out.append(size - head - name.size(), '\0');
    }
    return out;
}

/// Overlayfs of a user takes user.overlay.* for its own notes (kernel
/// Documentation/filesystems/overlayfs.rst, "userxattr").
std::vector<Attribute> FuseServer::visible_attributes(const Request& request) {
    // The kernel asks no more.
    if (!image_.has_attributes()) throw Refused{ENOSYS};
    std::vector<Attribute> attributes =
        image_.attributes(image_.inode(ref_of(request.header.nodeid)));
    std::erase_if(attributes, [](const Attribute& attribute) {
        return attribute.name.starts_with("user.overlay.");
    });
    return attributes;
}

namespace {

/// `room` 0 asks for the size alone (getxattr(2)).
std::string fitted(std::string bytes, std::size_t room) {
    if (room > 0 && bytes.size() > room) throw Refused{ERANGE};
    if (room > 0) return bytes;
    fuse_getxattr_out out = {};
    out.size = static_cast<std::uint32_t>(bytes.size());
    return bytes_of(out);
}

}  // namespace

std::string FuseServer::get_attribute(const Request& request) {
    const auto in = request.as<fuse_getxattr_in>();
    std::string_view name = request.body.substr(sizeof in);
    name = name.substr(0, name.find('\0'));
    for (const Attribute& attribute : visible_attributes(request))
        if (attribute.name == name) return fitted(attribute.value, in.size);
    throw Refused{ENODATA};
}

std::string FuseServer::list_attributes(const Request& request) {
    const auto in = request.as<fuse_getxattr_in>();
    std::string names;
    for (const Attribute& attribute : visible_attributes(request))
        names.append(attribute.name).push_back('\0');
    return fitted(std::move(names), in.size);
}

std::string FuseServer::tell_size() const {
    fuse_statfs_out out = {};
    out.st.bsize = out.st.frsize = image_.block_size();
    out.st.blocks = (image_.bytes_used() + image_.block_size() - 1) / image_.block_size();
    out.st.files = image_.inode_count();
    out.st.namelen = kNameMax;
    return bytes_of(out);
}

void FuseServer::serve() {
    zeros_.assign(image_.block_size(), '\0');
    std::string buffer(kRequestRoom, '\0');
    while (true) {
        const ssize_t got = read(device_, buffer.data(), buffer.size());
        if (got == -1 && (errno == EINTR || errno == ENOENT || errno == EAGAIN)) continue;
        if (got == -1 && errno == ENODEV) return;  // unmounted
        check(got, "reading from '/dev/fuse'");
        answer(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    }
}

}  // namespace mincs::polecat
