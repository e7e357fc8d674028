// See members.hh.
#include "libimage/members.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace mincs::image {
namespace {

constexpr std::size_t kPiece = 256u << 10;
/// Links from one name to the next.
constexpr int kMaxLinks = 8;

/// Where a link at `path` leads by its text alone: the name inside the archive, or nothing where it
/// leads out of it.
std::optional<std::string> follow_link(std::string_view path, std::string_view target) {
    if (target.starts_with('/')) return std::nullopt;
    std::vector<std::string_view> parts;
    const auto walk = [&parts](std::string_view text) {
        while (!text.empty()) {
            const std::size_t slash = std::min(text.find('/'), text.size());
            const std::string_view part = text.substr(0, slash);
            text.remove_prefix(std::min(slash + 1, text.size()));
            if (part.empty() || part == ".") continue;
            if (part != "..") {
                parts.push_back(part);
                continue;
            }
            if (parts.empty()) return false;
            parts.pop_back();
        }
        return true;
    };
    const std::size_t slash = path.rfind('/');
    const bool inside = walk(slash == std::string_view::npos ? "" : path.substr(0, slash)) &&
                        walk(target) && !parts.empty();
    if (!inside) return std::nullopt;
    return fmt::format("{}", fmt::join(parts, "/"));
}

std::string called(std::string_view path) {
    return printable(path.substr(0, 300));
}

}  // namespace

std::optional<Member> DirectoryMembers::find(std::string_view path) const {
    Fd fd;
    try {
        // Whatever stands there must not block us: a fifo is found out by fstat.
        fd = root_.open_no_links(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    } catch (const SysError& error) {
        if (error.code() == ENOENT || error.code() == ENOTDIR) return std::nullopt;
        if (error.code() == ELOOP)
            throw Error("{}: '{}' is a link, which a layout has no use for", name_, called(path));
        throw;
    }
    struct stat info;
    check(fstat(fd.get(), &info), "examining '{}' in {}", called(path), name_);
    if (!S_ISREG(info.st_mode)) return std::nullopt;
    Member member;
    member.fd = fd.get();
    member.owned = std::move(fd);
    member.size = info.st_size;
    return member;
}

std::optional<Member> TarMembers::find(std::string_view path) const {
    using Type = layer::TarMember::Type;
    std::string at(path);
    for (int links = 0; links <= kMaxLinks; ++links) {
        const auto found = index_.find(at);
        if (found == index_.end()) return std::nullopt;
        const layer::TarMember& member = found->second;
        if (member.type == Type::kOther) return std::nullopt;
        if (member.type == Type::kFile)
            return Member{{}, tar_.get(), member.offset, member.size, member.repeated};
        const auto target = member.type == Type::kHardLink ? std::optional(member.target)
                                                           : follow_link(at, member.target);
        if (!target)
            throw Error("{}: '{}' is a link that leads out of the archive", name_, called(at));
        at = *target;
    }
    throw Error("{}: '{}' is a link to a link and so on, more than {} times", name_, called(path),
                kMaxLinks);
}

void read_member(const Member& member, std::string_view what, const BlobSink& sink) {
    std::vector<char> buffer(std::min<std::size_t>(kPiece, static_cast<std::size_t>(member.size)));
    std::int64_t done = 0;
    while (done < member.size) {
        const auto wanted =
            std::min<std::int64_t>(member.size - done, static_cast<std::int64_t>(buffer.size()));
        const ssize_t got =
            pread(member.fd, buffer.data(), static_cast<std::size_t>(wanted), member.offset + done);
        if (got == -1 && errno == EINTR) continue;
        check(got, "reading {}", what);
        if (got == 0) throw Error("reading {}: the file has become shorter", what);
        sink(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
        done += got;
    }
}

std::string read_start(const Member& member, std::size_t count, std::string_view what) {
    Member start;
    start.fd = member.fd;
    start.offset = member.offset;
    start.size = std::min(member.size, static_cast<std::int64_t>(count));
    std::string bytes;
    read_member(start, what, [&](std::string_view piece) { bytes += piece; });
    return bytes;
}

std::string read_document(const Members& members, std::string_view path, std::size_t limit) {
    const auto member = members.find(path);
    if (!member) throw Error("{}: it has no '{}'", members.name(), called(path));
    if (member->repeated)
        throw Error("{}: '{}' stands in it more than once", members.name(), called(path));
    if (member->size > static_cast<std::int64_t>(limit))
        throw Error("{}: '{}' has {} bytes, more than the {} allowed", members.name(), called(path),
                    member->size, limit);
    return read_start(*member, limit, fmt::format("'{}' in {}", called(path), members.name()));
}

void read_checked(const Member& member, const Descriptor& descriptor, std::string_view what,
                  const BlobSink& sink, const std::string& hint) {
    if (member.size != descriptor.size)
        throw Error("{}: blob {} has {} bytes where {} were announced", what,
                    descriptor.digest.to_string(), member.size, descriptor.size)
            .with_hint(hint);
    Hasher hasher(descriptor.digest.algorithm());
    read_member(member, what, [&](std::string_view piece) {
        hasher.update(piece);
        sink(piece);
    });
    const Digest digest = hasher.finish();
    if (digest != descriptor.digest)
        throw Error("{}: blob {} is damaged: its content has the digest {}", what,
                    descriptor.digest.to_string(), digest.to_string())
            .with_hint(hint);
}

}  // namespace mincs::image
