/* kinesis_pace.c: the waits of one shard. */
#include "kinesis/kinesis_pace.h"

const struct kinesis_pace kinesis_pace_default = {
    .call_ms = 250,
    .idle_ms = 1000,
    .bytes_per_second = 2 * 1000 * 1000,
    .throttled_ms = 1000,
    .throttled_max_ms = 30 * 1000,
    .failed_ms = 250,
    .failed_max_ms = 20 * 1000,
    .refused_ms = 30 * 1000,
    .list_ms = 30 * 1000,
    .list_again_ms = 1500,
};

int64_t kinesis_pace_after_page(const struct kinesis_pace *pace, size_t bytes, bool behind)
{
    int64_t by_bytes = (int64_t)bytes * 1000 / pace->bytes_per_second;
    int64_t by_calls = behind ? pace->call_ms : pace->idle_ms;
    return by_bytes > by_calls ? by_bytes : by_calls;
}

static int64_t doubled(int64_t first_ms, int64_t max_ms, unsigned failures)
{
    int64_t wait_ms = first_ms;
    for (unsigned i = 1; i < failures && wait_ms < max_ms; i++) {
        wait_ms *= 2;
    }
    return wait_ms < max_ms ? wait_ms : max_ms;
}

int64_t kinesis_pace_after_failure(const struct kinesis_pace *pace, enum kinesis_delay delay,
                                   unsigned failures, uint32_t random)
{
    int64_t wait_ms = pace->refused_ms;
    switch (delay) {
    case KINESIS_DELAY_THROTTLED:
        wait_ms = doubled(pace->throttled_ms, pace->throttled_max_ms, failures);
        break;
    case KINESIS_DELAY_FAILED:
        wait_ms = doubled(pace->failed_ms, pace->failed_max_ms, failures);
        break;
    case KINESIS_DELAY_REFUSED: break;
    }
    int64_t half_ms = wait_ms / 2;
    return half_ms + (int64_t)random % (wait_ms - half_ms + 1);
}
