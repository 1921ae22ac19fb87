/* kinesis_pace.h: how long to wait between calls. The limits are a shard's (API reference of
 * GetRecords): 5 calls and 2 MiB a second, shared by all its consumers; after a page of 10 MiB
 * calls fail for 5 seconds. */
#ifndef KINESIS_KINESIS_PACE_H
#define KINESIS_KINESIS_PACE_H

#include "base/span.h"

struct kinesis_pace {
    int64_t call_ms;           /* least time from one call for a shard to the next */
    int64_t idle_ms;           /* the same when nothing is left to read */
    int64_t bytes_per_second;  /* of a shard */
    int64_t throttled_ms;      /* first wait after a throttle; doubled each time */
    int64_t throttled_max_ms;
    int64_t failed_ms;         /* after a passing failure; doubled each time */
    int64_t failed_max_ms;
    int64_t refused_ms;        /* after a failure that somebody must act upon */
    int64_t list_ms;           /* between two listings of the shards */
    int64_t list_again_ms;     /* the same when children are awaited */
};

/* 250 ms, 1 s, 2 MB/s (a little below the limit); 1 to 30 s; 0.25 to 20 s; 30 s; 30 s and 1.5 s. */
extern const struct kinesis_pace kinesis_pace_default;

/* From the call that brought a page to the next. `behind`: more is left. */
int64_t kinesis_pace_after_page(const struct kinesis_pace *pace, size_t bytes, bool behind);

enum kinesis_delay { KINESIS_DELAY_THROTTLED, KINESIS_DELAY_FAILED, KINESIS_DELAY_REFUSED };
/* The wait after the `failures`-th failure in a row (from 1), between half of it and all of it by
 * `random`, so that consumers do not fall into step. */
int64_t kinesis_pace_after_failure(const struct kinesis_pace *pace, enum kinesis_delay delay,
                                   unsigned failures, uint32_t random);

#endif
