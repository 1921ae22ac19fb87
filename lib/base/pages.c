/* pages.c: Linux gives large pages to those who ask (madvise), where a whole one fits. */
#include "base/pages.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *take_large(size_t bytes)
{
    size_t whole = (bytes + PAGES_LARGE_BYTES - 1) / PAGES_LARGE_BYTES * PAGES_LARGE_BYTES;
    void *memory = aligned_alloc(PAGES_LARGE_BYTES, whole);
    if (memory) {
        (void)madvise(memory, whole, MADV_HUGEPAGE); /* refused: small ones do as well */
    }
    return memory;
}

void *pages_take(size_t bytes)
{
    void *memory = bytes < PAGES_LARGE_BYTES ? malloc(bytes) : take_large(bytes);
    if (!memory) {
        check_memory_exhausted(bytes);
    }
    return memory;
}

void *pages_take_zeroed(size_t bytes)
{
    return memset(pages_take(bytes), 0, bytes);
}
