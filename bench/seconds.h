/* seconds.h: what the process has taken so far. */
#ifndef BENCH_SECONDS_H
#define BENCH_SECONDS_H

#include <sys/resource.h>
#include <time.h>

/* Processor time of all its threads. */
static inline double seconds_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* From any point in time. */
static inline double seconds_wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
