// Stands before the C library's calls that change files, counts those below one folder, and ends, stops or fails the program
// at one of them. The tests build it, and load it into the tool with LD_PRELOAD.
//
//   LAYERLAB_FAULT_ROOT    the folder, as the kernel names it
//   LAYERLAB_FAULT         ACTION:PHASE:NUMBER, at the NUMBER-th call (from 1) of a phase, or of all where PHASE is `any`
//       kill               the process kills itself, before the call
//       enospc, eio        the call fails, and does nothing
//       enospc+, eio+      so do those after it: for want of room those that take room, for a broken disk all of them
//       pause              makes the file LAYERLAB_FAULT_PAUSE, and waits until somebody removes it
//   LAYERLAB_FAULT_REPORT  a file that gets a line `hit PHASE CALL PATH` when it happens, and lines `PHASE NUMBER` at the end
//   LAYERLAB_FAULT_TRACE   where it is set, the file gets a line `call PHASE CALL PATH` for each call
//
// Phases are told by what a call does and where, so that the order of threads has no part in it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum phase { STAGING, SYNC, PUBLISH, RECIPE, REFS, REMOVAL, TIDYING, OTHER, PHASES };
static const char *const phase_names[PHASES] = {
    "staging", "sync", "publish", "recipe", "refs", "removal", "tidying", "other"};

enum action { NONE, KILL, FAIL, PAUSE };
// Whether a call takes room, gives some back, or neither.
enum kind { GROWS, SHRINKS, SYNCS, CHANGES };

static atomic_long counts[PHASES];
static atomic_long total;
static atomic_bool is_broken;
static const char *root;
static size_t root_length;
static enum action action;
static int error_number;
static bool stays_broken;
static bool is_traced;
static int wanted_phase = -1;
static long wanted_number;

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static void report(const char *line) {
    const char *path = getenv("LAYERLAB_FAULT_REPORT");
    if (!path) return;
    FILE *file = fopen(path, "a");
    if (!file) return;
    fputs(line, file);
    fclose(file);
}

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("LAYERLAB_FAULT");
    char name[32], phase[32];
    if (text && sscanf(text, "%31[^:]:%31[^:]:%ld", name, phase, &wanted_number) == 3) {
        size_t length = strlen(name);
        if (length && name[length - 1] == '+') {
            stays_broken = true;
            name[length - 1] = 0;
        }
        if (!strcmp(name, "kill")) action = KILL;
        if (!strcmp(name, "pause")) action = PAUSE;
        if (!strcmp(name, "enospc")) action = FAIL, error_number = ENOSPC;
        if (!strcmp(name, "eio")) action = FAIL, error_number = EIO;
        for (int i = 0; i < PHASES; i++)
            if (!strcmp(phase, phase_names[i])) wanted_phase = i;
    }
    is_traced = getenv("LAYERLAB_FAULT_TRACE") != NULL;
    root_length = getenv("LAYERLAB_FAULT_ROOT") ? strlen(getenv("LAYERLAB_FAULT_ROOT")) : 0;
    root = root_length ? getenv("LAYERLAB_FAULT_ROOT") : NULL;
}

__attribute__((destructor)) static void end(void) {
    if (!root) return;
    root = NULL;
    for (int i = 0; i < PHASES; i++) {
        char line[64];
        snprintf(line, sizeof line, "%s %ld\n", phase_names[i], (long)counts[i]);
        report(line);
    }
}

// The path of a descriptor, or of a name beside one.
static bool place(int folder, const char *name, char *path) {
    if (name && name[0] == '/') return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
    if (folder == AT_FDCWD) {
        if (!name) return false;
        char directory[PATH_MAX];
        return getcwd(directory, sizeof directory) && snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
    }
    char link[64], directory[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, directory, sizeof directory - 1);
    if (length <= 0) return false;
    directory[length] = 0;
    if (!name) return snprintf(path, PATH_MAX, "%s", directory) < PATH_MAX;
    return snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
}

static bool is_below(const char *path, const char *folder) {
    return !strncmp(path + root_length, folder, strlen(folder));
}

static enum phase phase_of(enum kind kind, const char *path) {
    bool is_shown = is_below(path, "/refs/") || is_below(path, "/extensions/");
    if (kind == SHRINKS) return is_below(path, "/tmp/") ? TIDYING : is_shown || is_below(path, "/objects/") ? REMOVAL : OTHER;
    if (is_below(path, "/refs/")) return REFS;
    if (is_below(path, "/extensions")) return RECIPE;
    if (kind == SYNCS) return SYNC;
    if (is_below(path, "/objects")) return PUBLISH;
    return is_below(path, "/tmp") ? STAGING : OTHER;
}

// What is to become of a call that changes something: 0 where it may go on, or the number of its error.
static int meet(const char *call, enum kind kind, int folder, const char *name) {
    if (!root) return 0;
    int before = errno;
    char path[PATH_MAX];
    if (!place(folder, name, path) || strncmp(path, root, root_length) != 0 || path[root_length] != '/') {
        errno = before;
        return 0;
    }
    enum phase phase = phase_of(kind, path);
    long number = atomic_fetch_add(&counts[phase], 1) + 1;
    long all = atomic_fetch_add(&total, 1) + 1;
    bool is_it = action != NONE && (wanted_phase < 0 ? all : phase == wanted_phase ? number : 0) == wanted_number;
    int outcome = 0;
    if (is_traced) {
        char line[PATH_MAX + 100];
        snprintf(line, sizeof line, "call %s %s %s\n", phase_names[phase], call, path + root_length);
        report(line);
    }
    if (is_it) {
        char line[PATH_MAX + 100];
        snprintf(line, sizeof line, "hit %s %s %s\n", phase_names[phase], call, path + root_length);
        report(line);
        if (action == KILL) {
            kill(getpid(), SIGKILL);
            for (;;) pause();
        }
        if (action == PAUSE) {
            const char *flag = getenv("LAYERLAB_FAULT_PAUSE");
            int file = flag ? open(flag, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) : -1;
            if (file >= 0) close(file);
            while (flag && access(flag, F_OK) == 0) usleep(5000);
        }
        if (action == FAIL) {
            outcome = error_number;
            if (stays_broken) is_broken = true;
        }
    } else if (is_broken && (error_number == EIO || kind == GROWS)) {
        outcome = error_number;
    }
    errno = before;
    return outcome;
}

#define MEET(kind, folder, name, failure) \
    do { \
        int outcome = meet(__func__, kind, folder, name); \
        if (outcome) { \
            errno = outcome; \
            return failure; \
        } \
    } while (0)

// MARK: Opening and making

#define IS_NEW(flags) (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE || ((flags) & O_TRUNC))
#define TAKE_MODE(flags) \
    mode_t mode = 0; \
    if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
        va_list list; \
        va_start(list, flags); \
        mode = va_arg(list, mode_t); \
        va_end(list); \
    }

int open(const char *path, int flags, ...) {
    REAL(open);
    TAKE_MODE(flags);
    if (IS_NEW(flags)) MEET(GROWS, AT_FDCWD, path, -1);
    return real(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    REAL(open64);
    TAKE_MODE(flags);
    if (IS_NEW(flags)) MEET(GROWS, AT_FDCWD, path, -1);
    return real(path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
    REAL(openat);
    TAKE_MODE(flags);
    if (IS_NEW(flags)) MEET(GROWS, folder, path, -1);
    return real(folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) {
    REAL(openat64);
    TAKE_MODE(flags);
    if (IS_NEW(flags)) MEET(GROWS, folder, path, -1);
    return real(folder, path, flags, mode);
}

#define MAKES(name, type, failure, parameters, arguments, kind, folder, path) \
    type name parameters { \
        REAL(name); \
        MEET(kind, folder, path, failure); \
        return real arguments; \
    }

MAKES(creat, int, -1, (const char *path, mode_t mode), (path, mode), GROWS, AT_FDCWD, path)
MAKES(mkstemp, int, -1, (char *path), (path), GROWS, AT_FDCWD, path)
MAKES(mkstemp64, int, -1, (char *path), (path), GROWS, AT_FDCWD, path)
MAKES(mkostemp, int, -1, (char *path, int flags), (path, flags), GROWS, AT_FDCWD, path)
MAKES(mkostemp64, int, -1, (char *path, int flags), (path, flags), GROWS, AT_FDCWD, path)
MAKES(mkdtemp, char *, NULL, (char *path), (path), GROWS, AT_FDCWD, path)
MAKES(mkdir, int, -1, (const char *path, mode_t mode), (path, mode), GROWS, AT_FDCWD, path)
MAKES(mkdirat, int, -1, (int folder, const char *path, mode_t mode), (folder, path, mode), GROWS, folder, path)
MAKES(symlink, int, -1, (const char *target, const char *path), (target, path), GROWS, AT_FDCWD, path)
MAKES(symlinkat, int, -1, (const char *target, int folder, const char *path), (target, folder, path), GROWS, folder, path)
MAKES(link, int, -1, (const char *from, const char *to), (from, to), GROWS, AT_FDCWD, to)
MAKES(linkat, int, -1, (int from_folder, const char *from, int folder, const char *to, int flags),
      (from_folder, from, folder, to, flags), GROWS, folder, to)

// MARK: Renaming and removing

MAKES(rename, int, -1, (const char *from, const char *to), (from, to), GROWS, AT_FDCWD, to)
MAKES(renameat, int, -1, (int from_folder, const char *from, int folder, const char *to), (from_folder, from, folder, to),
      GROWS, folder, to)
MAKES(renameat2, int, -1, (int from_folder, const char *from, int folder, const char *to, unsigned flags),
      (from_folder, from, folder, to, flags), GROWS, folder, to)
MAKES(unlink, int, -1, (const char *path), (path), SHRINKS, AT_FDCWD, path)
MAKES(unlinkat, int, -1, (int folder, const char *path, int flags), (folder, path, flags), SHRINKS, folder, path)
MAKES(rmdir, int, -1, (const char *path), (path), SHRINKS, AT_FDCWD, path)
MAKES(remove, int, -1, (const char *path), (path), SHRINKS, AT_FDCWD, path)

// MARK: Writing

MAKES(write, ssize_t, -1, (int file, const void *bytes, size_t count), (file, bytes, count), GROWS, file, NULL)
MAKES(pwrite, ssize_t, -1, (int file, const void *bytes, size_t count, off_t offset), (file, bytes, count, offset), GROWS,
      file, NULL)
MAKES(pwrite64, ssize_t, -1, (int file, const void *bytes, size_t count, off64_t offset), (file, bytes, count, offset),
      GROWS, file, NULL)
MAKES(writev, ssize_t, -1, (int file, const struct iovec *parts, int count), (file, parts, count), GROWS, file, NULL)
MAKES(pwritev, ssize_t, -1, (int file, const struct iovec *parts, int count, off_t offset), (file, parts, count, offset),
      GROWS, file, NULL)
MAKES(copy_file_range, ssize_t, -1,
      (int from, off64_t *from_offset, int to, off64_t *to_offset, size_t count, unsigned flags),
      (from, from_offset, to, to_offset, count, flags), GROWS, to, NULL)
MAKES(sendfile, ssize_t, -1, (int to, int from, off_t *offset, size_t count), (to, from, offset, count), GROWS, to, NULL)
MAKES(sendfile64, ssize_t, -1, (int to, int from, off64_t *offset, size_t count), (to, from, offset, count), GROWS, to,
      NULL)
MAKES(splice, ssize_t, -1, (int from, off64_t *from_offset, int to, off64_t *to_offset, size_t count, unsigned flags),
      (from, from_offset, to, to_offset, count, flags), GROWS, to, NULL)
MAKES(ftruncate, int, -1, (int file, off_t length), (file, length), GROWS, file, NULL)
MAKES(ftruncate64, int, -1, (int file, off64_t length), (file, length), GROWS, file, NULL)
MAKES(fallocate, int, -1, (int file, int mode, off_t offset, off_t length), (file, mode, offset, length), GROWS, file, NULL)
MAKES(fallocate64, int, -1, (int file, int mode, off64_t offset, off64_t length), (file, mode, offset, length), GROWS, file,
      NULL)

// These return their error.
MAKES(posix_fallocate, int, outcome, (int file, off_t offset, off_t length), (file, offset, length), GROWS, file, NULL)
MAKES(posix_fallocate64, int, outcome, (int file, off64_t offset, off64_t length), (file, offset, length), GROWS, file, NULL)

// A file that shares another's blocks.
int ioctl(int file, unsigned long request, ...) {
    REAL(ioctl);
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (request == FICLONE || request == FICLONERANGE) MEET(GROWS, file, NULL, -1);
    return real(file, request, argument);
}

// MARK: Attributes

MAKES(setxattr, int, -1, (const char *path, const char *name, const void *value, size_t size, int flags),
      (path, name, value, size, flags), GROWS, AT_FDCWD, path)
MAKES(lsetxattr, int, -1, (const char *path, const char *name, const void *value, size_t size, int flags),
      (path, name, value, size, flags), GROWS, AT_FDCWD, path)
MAKES(fsetxattr, int, -1, (int file, const char *name, const void *value, size_t size, int flags),
      (file, name, value, size, flags), GROWS, file, NULL)
MAKES(fchmod, int, -1, (int file, mode_t mode), (file, mode), CHANGES, file, NULL)
MAKES(fchmodat, int, -1, (int folder, const char *path, mode_t mode, int flags), (folder, path, mode, flags), CHANGES,
      folder, path)
MAKES(fchown, int, -1, (int file, uid_t user, gid_t group), (file, user, group), CHANGES, file, NULL)
MAKES(fchownat, int, -1, (int folder, const char *path, uid_t user, gid_t group, int flags),
      (folder, path, user, group, flags), CHANGES, folder, path)
MAKES(futimens, int, -1, (int file, const struct timespec times[2]), (file, times), CHANGES, file, NULL)
MAKES(utimensat, int, -1, (int folder, const char *path, const struct timespec times[2], int flags),
      (folder, path, times, flags), CHANGES, folder, path)

// MARK: Syncing

MAKES(fsync, int, -1, (int file), (file), SYNCS, file, NULL)
MAKES(fdatasync, int, -1, (int file), (file), SYNCS, file, NULL)
MAKES(syncfs, int, -1, (int file), (file), SYNCS, file, NULL)
