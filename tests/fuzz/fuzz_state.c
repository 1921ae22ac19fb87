/* What is read back from Kafka's state and commits: a decider, a clock of shards. Whatever is taken
 * gives the same bytes again. */
#include "fuzz.h"

#include "base/check.h"
#include "engine/decide/decide.h"
#include "engine/shard_clock.h"

static void use_decider(struct decider *decider, struct span bytes)
{
    struct buf again = {0};
    struct alert_list alerts = {0};
    struct arena *arena = arena_new(0);
    struct signal tick = {.kind = SIGNAL_TICK, .source = SPAN("a"), .watermark_us = INT64_MAX};
    decider_save(decider, &again);
    /* what an earlier version wrote is written as this one does */
    check(bytes.ptr[8] < buf_view(&again).ptr[8] || span_equals(buf_view(&again), bytes));
    (void)decider_fold(decider, &tick, arena, &alerts);
    buf_deinit(&again);
    arena_free(&arena);
}

static void use_clock(struct shard_clock *clock, struct span text)
{
    struct buf again = {0};
    size_t room = text.len < SHARD_CLOCK_TEXT_MIN ? SHARD_CLOCK_TEXT_MIN : text.len;
    shard_clock_encode(clock, room, &again);
    check(span_equals(buf_view(&again), text));
    shard_clock_see(clock, SPAN("a"), 5, 7);
    (void)shard_clock_watermark(clock);
    buf_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of((const char *)data, size);
    struct shard_clock *clock = shard_clock_new(0);
    struct decider *decider = NULL;
    const char *problem = NULL;
    if (decider_load(bytes, &problem, &decider) == STATUS_OK) {
        use_decider(decider, bytes);
    } else {
        check(problem && !decider);
    }
    if (shard_clock_decode(clock, bytes) == STATUS_OK) {
        use_clock(clock, bytes);
    }
    decider_free(&decider);
    shard_clock_free(&clock);
    return 0;
}
