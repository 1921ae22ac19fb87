/* kinesis_source.c: the port's side: pages become batches; between two of them it is looked after
 * which shards are read and how they fare. */
#include "kinesis/kinesis_source.h"

#include "base/check.h"
#include "kinesis/kinesis_cut.h"
#include "kinesis/kinesis_watch.h"

#include <stdlib.h>

enum {
    LOOK_MS = 250,  /* between two looks at what is to be told */
    SYNC_MS = 1000, /* between two questions to the memory: what is owned, what is finished */
    NS_PER_MS = 1000 * 1000,
};

struct kinesis_source {
    struct source source; /* first: a source is cast to what it is */
    struct buf name;
    struct buf stream;
    struct kinesis_source_options options;
    struct kinesis_pace pace;
    struct kinesis_fetch *fetch; /* NULL until it is opened */
    struct kinesis_shards shards;
    struct kinesis_notices notices;
    struct kinesis_watch watch;
    struct kinesis_delivery *page;   /* being cut; NULL: none */
    struct kinesis_reading *reading; /* whose page it is; NULL: of one that is read no more */
    struct kinesis_cut cut;
    struct arena *packed;            /* of the page's packed records */
    struct arena *batch;             /* of the last batch */
    uint64_t number;                 /* of the next record */
    int64_t idle_us;                 /* kinesis_shards_idle_us at the last look; 0 once more came */
    uint64_t look_ns;                /* when it is due */
    uint64_t sync_ns;
    struct source_record records[SOURCE_BATCH_RECORDS_MAX];
};

static struct kinesis_source *source_of(struct source *source)
{
    return (struct kinesis_source *)source;
}

static enum status kinesis_source_open(struct source *base, const struct source_memory *memory)
{
    struct kinesis_source *source = source_of(base);
    const struct kinesis_fetch_options options = {
        .client = source->options.client,
        .stream = buf_view(&source->stream),
        .pace = source->pace,
        .threads = source->options.threads,
        .clock = source->options.clock,
    };
    source->fetch = kinesis_fetch_new(&options);
    source->shards.memory = memory;
    source->shards.fetch = source->fetch;
    source->shards.notices = &source->notices;
    return STATUS_OK;
}

static void drop_page(struct kinesis_source *source)
{
    if (source->page) {
        kinesis_fetch_give_back(source->fetch, &source->page);
    }
    source->reading = NULL;
}

/* What is done now and then. */
static enum status look_after(struct kinesis_source *source)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns >= source->look_ns) {
        source->look_ns = now_ns + (uint64_t)LOOK_MS * NS_PER_MS;
        kinesis_watch_look(&source->watch, &source->shards);
        source->idle_us = kinesis_shards_idle_us(&source->shards);
    }
    if (now_ns < source->sync_ns) {
        return STATUS_OK;
    }
    source->sync_ns = now_ns + (uint64_t)SYNC_MS * NS_PER_MS;
    enum status status = kinesis_shards_sync(&source->shards);
    if (source->reading && !kinesis_shards_reads(&source->shards, source->reading)) {
        drop_page(source); /* it is somebody else's from here on */
    }
    return status;
}

static void sync_soon(struct kinesis_source *source)
{
    source->sync_ns = 0;
}

/* The place behind a shard's last record. */
static struct kinesis_position end_of(const struct kinesis_position *position)
{
    bool empty = position->place == KINESIS_PLACE_TIME;
    return (struct kinesis_position){.place = KINESIS_PLACE_END,
                                     .time_ms = empty ? position->time_ms : -1};
}

static void number_records(struct kinesis_source *source, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        source->records[i].offset = source->number++;
    }
}

/* The next batch of the page. */
static void give_batch(struct kinesis_source *source, struct source_batch *out)
{
    struct kinesis_reading *reading = source->reading;
    const struct kinesis_fetched *fetched = &source->page->fetched;
    size_t count = kinesis_cut_next(&source->cut, source->records, &reading->position);
    bool last = kinesis_cut_is_done(&source->cut);
    bool ended = last && fetched->ended;
    int64_t behind_ms = fetched->page.behind_ms;
    if (ended) {
        reading->position = end_of(&reading->position);
    }
    number_records(source, count);
    reading->end_us = last && !ended && behind_ms == 0 ? fetched->fetched_us : 0;
    if (count || ended || reading->end_us == 0) {
        source->idle_us = 0;
    }
    *out = (struct source_batch){
        .records = source->records,
        .count = count,
        .part = arena_copy(source->batch, buf_view(&reading->part)), /* it may be settled first */
        .position = kinesis_position_write(buf_view(&reading->name), &reading->position,
                                           source->batch),
        .part_ended = ended,
        .fetched_us = fetched->fetched_us,
        /* a part whose page is not used up is not at its end, whatever is behind the page */
        .behind_ms = last || behind_ms != 0 ? behind_ms : 1,
        .idle_us = source->idle_us,
    };
}

/* Begins the page, or takes the listing in. */
static void take_in(struct kinesis_source *source, struct kinesis_delivery *delivery)
{
    if (!delivery->context) {
        kinesis_shards_list(&source->shards, &delivery->listing);
        kinesis_fetch_give_back(source->fetch, &delivery);
        sync_soon(source);
        return;
    }
    source->page = delivery;
    source->reading = delivery->context;
    kinesis_cut_init(&source->cut, &delivery->fetched, source->reading->range, source->packed);
}

static enum status kinesis_source_read(struct source *base, int wait_ms, struct source_batch *out)
{
    struct kinesis_source *source = source_of(base);
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
    arena_reset(source->batch); /* from here on the last batch may be forgotten */
    if (!source->reading || kinesis_cut_is_done(&source->cut)) {
        drop_page(source);
    }
    for (;;) {
        enum status status = look_after(source);
        if (status != STATUS_OK) {
            return status;
        }
        if (source->page) {
            give_batch(source, out);
            return STATUS_OK;
        }
        uint64_t now_ns = clock_monotonic_ns();
        int64_t left_ms = now_ns < until_ns ? (int64_t)((until_ns - now_ns) / NS_PER_MS) + 1 : 0;
        struct kinesis_delivery *delivery =
            kinesis_fetch_take(source->fetch, left_ms < LOOK_MS ? (int)left_ms : LOOK_MS);
        if (delivery) {
            take_in(source, delivery);
        } else if (left_ms == 0) {
            return STATUS_AGAIN;
        }
    }
}

static void kinesis_source_settle(struct source *base, struct span part, struct span position)
{
    struct kinesis_source *source = source_of(base);
    if (!kinesis_shards_settle(&source->shards, part, position)) {
        return;
    }
    if (source->reading && !kinesis_shards_reads(&source->shards, source->reading)) {
        source->reading = NULL;
    }
    sync_soon(source);
}

static struct span kinesis_source_problem(const struct source *source)
{
    (void)source; /* what there is to say is a notice */
    return SPAN("");
}

static bool kinesis_source_notice(struct source *base, struct source_notice *out)
{
    return kinesis_notices_take(&source_of(base)->notices, out);
}

static struct span kinesis_source_trouble(struct source *base)
{
    struct kinesis_source *source = source_of(base);
    return kinesis_watch_reason(&source->watch, &source->shards);
}

static int64_t kinesis_source_standing_ms(struct source *base)
{
    struct kinesis_source *source = source_of(base);
    return source->fetch ? kinesis_fetch_standing_ms(source->fetch) : 0;
}

static size_t kinesis_source_parts(struct source *base, struct source_part *out, size_t room)
{
    struct kinesis_source *source = source_of(base);
    const struct kinesis_reading *reading = source->shards.readings;
    int64_t now_us = clock_now_us(source->options.clock);
    size_t count = 0;
    for (; reading && count < room; reading = reading->next) {
        struct kinesis_feed_state state = kinesis_fetch_state(source->fetch, reading->feed);
        bool known = state.behind_ms >= 0;
        out[count++] = (struct source_part){
            .part = buf_view(&reading->part),
            .behind_ms = !known ? -1 : kinesis_watch_behind_ms(&state, now_us),
            .record_age_ms = state.record_age_ms,
            .records = state.records,
            .bytes = state.bytes,
            .throttled = state.throttled,
            .retried = state.retried,
            .late = reading->late,
        };
    }
    return count;
}

static void kinesis_source_free(struct source *base)
{
    struct kinesis_source *source = source_of(base);
    drop_page(source);
    kinesis_fetch_free(&source->fetch);
    kinesis_shards_deinit(&source->shards);
    kinesis_watch_deinit(&source->watch);
    kinesis_notices_deinit(&source->notices);
    arena_free(&source->packed);
    arena_free(&source->batch);
    buf_deinit(&source->name);
    buf_deinit(&source->stream);
    free(source);
}

struct source *kinesis_source_new(const struct kinesis_source_options *options)
{
    static const struct source_ops ops = {
        .open = kinesis_source_open,
        .read = kinesis_source_read,
        .settle = kinesis_source_settle,
        .problem = kinesis_source_problem,
        .notice = kinesis_source_notice,
        .trouble = kinesis_source_trouble,
        .standing_ms = kinesis_source_standing_ms,
        .parts = kinesis_source_parts,
        .free = kinesis_source_free,
    };
    struct kinesis_source *source = calloc(1, sizeof *source);
    if (!source) {
        check_memory_exhausted(sizeof *source);
    }
    check(options->threads <= KINESIS_THREADS_MAX && options->stream.len > 0);
    buf_append(&source->name, options->name);
    buf_append(&source->stream, options->stream);
    source->options = *options;
    source->options.stream = buf_view(&source->stream);
    source->options.threads = options->threads ? options->threads : KINESIS_THREADS;
    source->pace = options->pace ? *options->pace : kinesis_pace_default;
    source->number = options->records_before;
    source->watch.lag_limit_ms = options->lag_limit_ms;
    source->packed = arena_new(0);
    source->batch = arena_new(0);
    kinesis_shards_init(&source->shards, &source->options, &source->pace);
    kinesis_notices_init(&source->notices);
    source->source = (struct source){.ops = &ops, .name = buf_view(&source->name)};
    return &source->source;
}
