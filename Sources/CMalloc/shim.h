// The system header that Swift's Glibc module leaves out: glibc's allocator settings.
#include <malloc.h>
