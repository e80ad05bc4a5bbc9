// System calls that glibc shows only to GNU sources, and constants that Swift does not import.
#ifndef LAYERLAB_CLINUX_SHIM_H
#define LAYERLAB_CLINUX_SHIM_H

#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

// syncfs(2).
extern int syncfs(int fd);

// renameat2(2), and its flag that has two names change places.
extern int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags);
static const unsigned int layerlab_rename_exchange = 1U << 1;
// fcntl(2): F_OFD_SETLK, a lock that belongs to the open file and not to the process.
static const int layerlab_ofd_setlk = 37;

// utimensat(2): leave this time as it is.
static const long layerlab_utime_omit = (1L << 30) - 2L;

// sched_getaffinity(2): how many processors the caller may run on, 0 where that cannot be told. The C library's own function
// is for GNU sources, as are its macros that count.
static inline int layerlab_allowed_processors(void) {
    unsigned long bits[1024];
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof bits, bits);
    int count = 0;
    for (long i = 0; i < bytes / (long)sizeof *bits; i++) count += __builtin_popcountl(bits[i]);
    return count;
}

#endif
