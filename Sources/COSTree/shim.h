// Holds only what Swift cannot import from libostree and GLib by itself: macros with casts and variadic constructors.
#ifndef LAYERLAB_COSTREE_SHIM_H
#define LAYERLAB_COSTREE_SHIM_H

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <ostree.h>

// The file information that ostree_raw_file_to_content_stream() reads; its setters are plain functions,
// but the attribute names are string macros that Swift imports only as literals without a stable type.
static inline void layerlab_file_info_set_unix(GFileInfo *info, guint32 uid, guint32 gid, guint32 mode) {
    g_file_info_set_attribute_uint32(info, "unix::uid", uid);
    g_file_info_set_attribute_uint32(info, "unix::gid", gid);
    g_file_info_set_attribute_uint32(info, "unix::mode", mode);
}

// Out of <sys/xattr.h>, which Swift's own module of the C library leaves out, and which would make the library's types
// ambiguous here.
extern ssize_t fgetxattr(int descriptor, const char *name, void *value, size_t size);
extern ssize_t flistxattr(int descriptor, char *list, size_t size);
extern ssize_t llistxattr(const char *path, char *list, size_t size);

static inline guint32 layerlab_file_info_get_unix(GFileInfo *info, const char *attribute) {
    return g_file_info_get_attribute_uint32(info, attribute);
}

#endif
