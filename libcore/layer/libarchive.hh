// libarchive, loaded with the first tar that is read or written. It brings a reader of XML and its
// tables of all languages with it for formats that no image has, and a program that is linked with
// them pays two milliseconds each time it starts.
#pragma once

#include <archive.h>
#include <archive_entry.h>

namespace mincs::layer {

/// Its functions under their own names without "archive_"; libarchive(3).
struct LibArchive {
    decltype(&::archive_entry_acl_count) entry_acl_count;
    decltype(&::archive_entry_acl_next) entry_acl_next;
    decltype(&::archive_entry_acl_reset) entry_acl_reset;
    decltype(&::archive_entry_atime) entry_atime;
    decltype(&::archive_entry_atime_is_set) entry_atime_is_set;
    decltype(&::archive_entry_atime_nsec) entry_atime_nsec;
    decltype(&::archive_entry_clear) entry_clear;
    decltype(&::archive_entry_copy_hardlink) entry_copy_hardlink;
    decltype(&::archive_entry_copy_pathname) entry_copy_pathname;
    decltype(&::archive_entry_copy_symlink) entry_copy_symlink;
    decltype(&::archive_entry_filetype) entry_filetype;
    decltype(&::archive_entry_free) entry_free;
    decltype(&::archive_entry_gid) entry_gid;
    decltype(&::archive_entry_hardlink) entry_hardlink;
    decltype(&::archive_entry_mtime) entry_mtime;
    decltype(&::archive_entry_mtime_nsec) entry_mtime_nsec;
    decltype(&::archive_entry_new) entry_new;
    decltype(&::archive_entry_pathname) entry_pathname;
    decltype(&::archive_entry_perm) entry_perm;
    decltype(&::archive_entry_rdevmajor) entry_rdevmajor;
    decltype(&::archive_entry_rdevminor) entry_rdevminor;
    decltype(&::archive_entry_set_filetype) entry_set_filetype;
    decltype(&::archive_entry_set_gid) entry_set_gid;
    decltype(&::archive_entry_set_mtime) entry_set_mtime;
    decltype(&::archive_entry_set_perm) entry_set_perm;
    decltype(&::archive_entry_set_rdevmajor) entry_set_rdevmajor;
    decltype(&::archive_entry_set_rdevminor) entry_set_rdevminor;
    decltype(&::archive_entry_set_size) entry_set_size;
    decltype(&::archive_entry_set_uid) entry_set_uid;
    decltype(&::archive_entry_size) entry_size;
    decltype(&::archive_entry_size_is_set) entry_size_is_set;
    decltype(&::archive_entry_sparse_add_entry) entry_sparse_add_entry;
    decltype(&::archive_entry_sparse_reset) entry_sparse_reset;
    decltype(&::archive_entry_symlink) entry_symlink;
    decltype(&::archive_entry_uid) entry_uid;
    decltype(&::archive_entry_xattr_add_entry) entry_xattr_add_entry;
    decltype(&::archive_entry_xattr_next) entry_xattr_next;
    decltype(&::archive_entry_xattr_reset) entry_xattr_reset;
    decltype(&::archive_error_string) error_string;
    decltype(&::archive_filter_bytes) filter_bytes;
    decltype(&::archive_read_data_block) read_data_block;
    decltype(&::archive_read_free) read_free;
    decltype(&::archive_read_new) read_new;
    decltype(&::archive_read_next_header) read_next_header;
    decltype(&::archive_read_open) read_open;
    decltype(&::archive_read_open1) read_open1;
    decltype(&::archive_read_set_callback_data) read_set_callback_data;
    decltype(&::archive_read_set_read_callback) read_set_read_callback;
    decltype(&::archive_read_set_skip_callback) read_set_skip_callback;
    decltype(&::archive_read_support_filter_none) read_support_filter_none;
    decltype(&::archive_read_support_format_tar) read_support_format_tar;
    decltype(&::archive_set_error) set_error;
    decltype(&::archive_write_add_filter_none) write_add_filter_none;
    decltype(&::archive_write_close) write_close;
    decltype(&::archive_write_data) write_data;
    decltype(&::archive_write_free) write_free;
    decltype(&::archive_write_header) write_header;
    decltype(&::archive_write_new) write_new;
    decltype(&::archive_write_open) write_open;
    decltype(&::archive_write_set_bytes_in_last_block) write_set_bytes_in_last_block;
    decltype(&::archive_write_set_bytes_per_block) write_set_bytes_per_block;
    decltype(&::archive_write_set_format_pax) write_set_format_pax;
    decltype(&::archive_write_set_options) write_set_options;
};

/// Loads it, once in a process. Throws Error where it is not installed.
const LibArchive& libarchive();

}  // namespace mincs::layer
