/* check.c: the two ways in which the program ends itself. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "deltaward: internal error: %s does not hold (%s:%d)\n", condition, file, line);
    abort();
}

void check_memory_exhausted(size_t wanted_bytes)
{
    fprintf(stderr, "deltaward: out of memory (%zu bytes wanted); nothing committed is lost\n",
            wanted_bytes);
    _exit(3);
}
