/* ZSTD_getCParams tells how far back a level looks, and has been there since 1.0 all the same. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
/* Trains dictionaries; the library is the same. */
#include <zdict.h>
