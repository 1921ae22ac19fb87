/* kinesis_watch.c: each change is told once; a shard must fall to half its limit to be on time
 * again. */
#include "kinesis/kinesis_watch.h"

enum { US_PER_MS = 1000 };

void kinesis_watch_deinit(struct kinesis_watch *watch)
{
    buf_deinit(&watch->problem);
    buf_deinit(&watch->shard);
    buf_deinit(&watch->reason);
}

int64_t kinesis_watch_behind_ms(const struct kinesis_feed_state *state, int64_t now_us)
{
    int64_t since_ms = (now_us - state->answered_us) / US_PER_MS;
    return (state->behind_ms > 0 ? state->behind_ms : 0) + (since_ms > 0 ? since_ms : 0);
}

static enum source_notice_kind kind_of(enum kinesis_trouble trouble)
{
    switch (trouble) {
    case KINESIS_TROUBLE_NONE: return SOURCE_NOTICE_RECOVERED;
    case KINESIS_TROUBLE_RETRYING: return SOURCE_NOTICE_RETRYING;
    case KINESIS_TROUBLE_REFUSED: return SOURCE_NOTICE_REFUSED;
    case KINESIS_TROUBLE_KEY_REFUSED: break;
    }
    return SOURCE_NOTICE_KEY_REFUSED;
}

static void look_at_trouble(struct kinesis_watch *watch, struct kinesis_shards *shards)
{
    enum kinesis_trouble trouble =
        kinesis_fetch_trouble(shards->fetch, &watch->problem, &watch->shard);
    if (trouble != watch->trouble) {
        watch->trouble = trouble;
        kinesis_notices_add(shards->notices, kind_of(trouble), buf_view(&watch->shard),
                            buf_view(&watch->problem), 0);
    }
}

static void look_at_lag(struct kinesis_watch *watch, struct kinesis_shards *shards,
                        struct kinesis_reading *reading, int64_t now_us)
{
    struct kinesis_feed_state state = kinesis_fetch_state(shards->fetch, reading->feed);
    int64_t behind_ms = state.ended ? 0 : kinesis_watch_behind_ms(&state, now_us);
    bool late = behind_ms > (reading->late ? watch->lag_limit_ms / 2 : watch->lag_limit_ms);
    if (late != reading->late) {
        reading->late = late;
        kinesis_notices_add(shards->notices,
                            late ? SOURCE_NOTICE_LATE : SOURCE_NOTICE_ON_TIME,
                            buf_view(&reading->part), SPAN(""), behind_ms);
    }
}

void kinesis_watch_look(struct kinesis_watch *watch, struct kinesis_shards *shards)
{
    int64_t now_us = clock_now_us(shards->clock);
    look_at_trouble(watch, shards);
    for (struct kinesis_reading *at = shards->readings; at && watch->lag_limit_ms; at = at->next) {
        look_at_lag(watch, shards, at, now_us);
    }
}

struct span kinesis_watch_reason(struct kinesis_watch *watch, const struct kinesis_shards *shards)
{
    size_t late = 0;
    for (const struct kinesis_reading *at = shards->readings; at; at = at->next) {
        late += at->late;
    }
    buf_clear(&watch->reason);
    if (watch->trouble != KINESIS_TROUBLE_NONE) {
        buf_printf(&watch->reason, "%.*s%s%.*s", SPAN_ARG(buf_view(&watch->shard)),
                   watch->shard.len ? ": " : "", SPAN_ARG(buf_view(&watch->problem)));
    } else if (!shards->listed) {
        buf_append(&watch->reason, SPAN("the shards are not listed yet"));
    } else if (shards->uncovered_told) {
        buf_append(&watch->reason, SPAN("not every hash key has exactly one shard"));
    } else if (late) {
        buf_printf(&watch->reason, "%zu shard%s further behind than lag_limit", late,
                   late == 1 ? " is" : "s are");
    }
    return buf_view(&watch->reason);
}
