// System calls that glibc shows only to GNU sources, and constants that Swift does not import.
#ifndef LAYERLAB_CSYSTEM_SHIM_H
#define LAYERLAB_CSYSTEM_SHIM_H

#include <sys/xattr.h>

// syncfs(2).
extern int syncfs(int fd);

// renameat2(2), and its flag that has two names change places.
extern int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags);
static const unsigned int layerlab_rename_exchange = 1U << 1;

// utimensat(2): leave this time as it is.
static const long layerlab_utime_omit = (1L << 30) - 2L;

#endif
