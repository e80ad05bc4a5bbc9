#pragma once
#include <spawn.h>

// Two of glibc's extensions to posix_spawn, which its header shows with _GNU_SOURCE only (since 2.29 and 2.34).
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
