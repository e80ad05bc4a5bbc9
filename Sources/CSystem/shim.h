// System calls that glibc shows only to GNU sources, and constants that Swift does not import.
#ifndef LAYERLAB_CSYSTEM_SHIM_H
#define LAYERLAB_CSYSTEM_SHIM_H

#include <sys/xattr.h>

// syncfs(2).
extern int syncfs(int fd);

// utimensat(2): leave this time as it is.
static const long layerlab_utime_omit = (1L << 30) - 2L;

#endif
