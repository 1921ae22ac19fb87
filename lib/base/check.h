/* check.h: the assertion that stays on in every build. For states that only a bug of ours can make,
 * never for input. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <stddef.h>

/* Stops the process with the failed condition and its place. */
#define check(condition)                                                                           \
    ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

/* Prints what failed and aborts. Any thread. */
_Noreturn void check_failed(const char *condition, const char *file, int line);

/* Ends the process because memory is exhausted (exit status 3). All durable state lies in committed
 * transactions, so the next start resumes where the last one ended. Any thread. */
_Noreturn void check_memory_exhausted(size_t wanted_bytes);

#endif
