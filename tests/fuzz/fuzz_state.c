/* What is read back from Kafka's state and commits: a decider, a clock of shards. Whatever is taken
 * gives the same bytes again. */
#include "fuzz.h"

#include "base/check.h"
#include "engine/decide/decide.h"
#include "engine/shard_clock.h"

/* All time passes: whatever waits is decided. */
static void pass_time(struct decider *decider)
{
    static const char *const sources[] = {"a", "a#1", "b#1", "c#1"}; /* of the corpus */
    struct alert_list alerts = {0};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct signal tick = {.kind = SIGNAL_TICK, .source = span_view(sources[i]),
                              .watermark_us = INT64_MAX, .idle = true};
        (void)decider_fold(decider, &tick, arena, &alerts);
    }
    arena_free(&arena);
}

static void use_decider(struct decider *decider, struct span bytes)
{
    struct buf again = {0};
    decider_save(decider, &again);
    /* what an earlier version wrote is written as this one does */
    check(bytes.ptr[8] < buf_view(&again).ptr[8] || span_equals(buf_view(&again), bytes));
    pass_time(decider);
    buf_deinit(&again);
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
