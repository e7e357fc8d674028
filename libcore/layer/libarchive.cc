// See libarchive.hh.
#include "libcore/layer/libarchive.hh"

#include "libcore/base/shared_library.hh"

namespace mincs::layer {
namespace {

LibArchive load_all() {
    const SharedLibrary library("libarchive.so.13", "libarchive13 or libarchive");
    LibArchive all;
    library.load("archive_entry_acl_count", all.entry_acl_count);
    library.load("archive_entry_acl_next", all.entry_acl_next);
    library.load("archive_entry_acl_reset", all.entry_acl_reset);
    library.load("archive_entry_atime", all.entry_atime);
    library.load("archive_entry_atime_is_set", all.entry_atime_is_set);
    library.load("archive_entry_atime_nsec", all.entry_atime_nsec);
    library.load("archive_entry_clear", all.entry_clear);
    library.load("archive_entry_copy_hardlink", all.entry_copy_hardlink);
    library.load("archive_entry_copy_pathname", all.entry_copy_pathname);
    library.load("archive_entry_copy_symlink", all.entry_copy_symlink);
    library.load("archive_entry_filetype", all.entry_filetype);
    library.load("archive_entry_free", all.entry_free);
    library.load("archive_entry_gid", all.entry_gid);
    library.load("archive_entry_hardlink", all.entry_hardlink);
    library.load("archive_entry_mtime", all.entry_mtime);
    library.load("archive_entry_mtime_nsec", all.entry_mtime_nsec);
    library.load("archive_entry_new", all.entry_new);
    library.load("archive_entry_pathname", all.entry_pathname);
    library.load("archive_entry_perm", all.entry_perm);
    library.load("archive_entry_rdevmajor", all.entry_rdevmajor);
    library.load("archive_entry_rdevminor", all.entry_rdevminor);
    library.load("archive_entry_set_filetype", all.entry_set_filetype);
    library.load("archive_entry_set_gid", all.entry_set_gid);
    library.load("archive_entry_set_mtime", all.entry_set_mtime);
    library.load("archive_entry_set_perm", all.entry_set_perm);
    library.load("archive_entry_set_rdevmajor", all.entry_set_rdevmajor);
    library.load("archive_entry_set_rdevminor", all.entry_set_rdevminor);
    library.load("archive_entry_set_size", all.entry_set_size);
    library.load("archive_entry_set_uid", all.entry_set_uid);
    library.load("archive_entry_size", all.entry_size);
    library.load("archive_entry_size_is_set", all.entry_size_is_set);
    library.load("archive_entry_sparse_add_entry", all.entry_sparse_add_entry);
    library.load("archive_entry_sparse_reset", all.entry_sparse_reset);
    library.load("archive_entry_symlink", all.entry_symlink);
    library.load("archive_entry_uid", all.entry_uid);
    library.load("archive_entry_xattr_add_entry", all.entry_xattr_add_entry);
    library.load("archive_entry_xattr_next", all.entry_xattr_next);
    library.load("archive_entry_xattr_reset", all.entry_xattr_reset);
    library.load("archive_error_string", all.error_string);
    library.load("archive_filter_bytes", all.filter_bytes);
    library.load("archive_read_data_block", all.read_data_block);
    library.load("archive_read_free", all.read_free);
    library.load("archive_read_new", all.read_new);
    library.load("archive_read_next_header", all.read_next_header);
    library.load("archive_read_open", all.read_open);
    library.load("archive_read_open1", all.read_open1);
    library.load("archive_read_set_callback_data", all.read_set_callback_data);
    library.load("archive_read_set_read_callback", all.read_set_read_callback);
    library.load("archive_read_set_skip_callback", all.read_set_skip_callback);
    library.load("archive_read_support_filter_none", all.read_support_filter_none);
    library.load("archive_read_support_format_tar", all.read_support_format_tar);
    library.load("archive_set_error", all.set_error);
    library.load("archive_write_add_filter_none", all.write_add_filter_none);
    library.load("archive_write_close", all.write_close);
    library.load("archive_write_data", all.write_data);
    library.load("archive_write_free", all.write_free);
    library.load("archive_write_header", all.write_header);
    library.load("archive_write_new", all.write_new);
    library.load("archive_write_open", all.write_open);
    library.load("archive_write_set_bytes_in_last_block", all.write_set_bytes_in_last_block);
    library.load("archive_write_set_bytes_per_block", all.write_set_bytes_per_block);
    library.load("archive_write_set_format_pax", all.write_set_format_pax);
    library.load("archive_write_set_options", all.write_set_options);
    return all;
}

}  // namespace

const LibArchive& libarchive() {
    static const LibArchive loaded = load_all();
    return loaded;
}

}  // namespace mincs::layer
