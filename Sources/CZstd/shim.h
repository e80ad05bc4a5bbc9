#include <zstd.h>
/* Trains dictionaries; the library is the same. */
#include <zdict.h>
