/* connect_feed.c: a source with parts is open all the time and asks which of them are ours; a file
 * is one part, and open only while it is ours. */
#include "app/connect/connect.h"

#include "app/complain.h"
#include "app/event.h"

static enum status recall(void *context, struct span part, struct arena *arena, struct span *out)
{
    const struct connect_feed *feed = context;
    struct span key = connect_key(feed, part, arena);
    return connect_checkpoints_find(feed->connect->checkpoints, key, arena, out);
}

/* A part of which a batch was not taken is answered with "no" once, so that its source begins it
 * again at its checkpoint. */
static bool owns(void *context, struct span part)
{
    const struct connect_feed *feed = context;
    struct connect *connect = feed->connect;
    arena_reset(connect->batch_arena);
    struct span key = connect_key(feed, part, connect->batch_arena);
    bool is_ours = connect_owns(connect, key);
    for (struct flight_part *at = connect->flight.parts; at; at = at->next) {
        if (at->skipped && span_equals(buf_view(&at->key), key)) {
            at->skipped = false;
            return false;
        }
    }
    return is_ours;
}

static void tell(const struct connect_feed *feed, enum event event)
{
    const struct log_field fields[] = {
        log_text("source", feed->name),
        log_text("problem", feed->made.source->ops->problem(feed->made.source)),
    };
    event_tell(feed->connect->log, event, fields, 2);
}

static enum status make(struct connect_feed *feed)
{
    struct connect *connect = feed->connect;
    struct span problem = {0};
    enum status status = source_make(connect->config, feed->item, 0, connect->invocation->arena,
                                     &problem, &feed->made);
    if (status != STATUS_OK) {
        complain(connect->invocation, NULL, "source %.*s: %.*s", SPAN_ARG(feed->name),
                 SPAN_ARG(problem));
    }
    return status;
}

static enum status open_source(struct connect_feed *feed)
{
    struct connect *connect = feed->connect;
    struct source *source = feed->made.source;
    feed->memory = (struct source_memory){
        .context = feed, .position = recall, .owns = source_is_kinesis(feed->item) ? owns : NULL};
    feed->watch = (struct source_watch){
        .source = source,
        .client = feed->made.client,
        .log = connect->log,
        .metrics = connect->service.metrics,
        .health = connect->service.health,
    };
    source_watch_init(&feed->watch);
    enum status status = source->ops->open(source, &feed->memory);
    if (status == STATUS_CONFLICT) {
        tell(feed, EVENT_SOURCE_REPLACED);
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        tell(feed, EVENT_SOURCE_FAILED);
        connect->failed = true;
    }
    return status;
}

static void close_source(struct connect_feed *feed)
{
    if (feed->made.source) {
        source_watch_deinit(&feed->watch);
        made_source_free(&feed->made);
        feed->made = (struct made_source){0};
    }
}

enum command_exit connect_feeds_open(struct connect *connect)
{
    const struct config_value *sources = config_root_value(connect->config, CONFIG_SOURCES);
    connect->feeds =
        arena_array(connect->invocation->arena, sources->count, sizeof *connect->feeds);
    for (size_t i = 0; i < sources->count; i++) {
        const struct config_item *item = &sources->items[i];
        struct connect_feed *feed = &connect->feeds[connect->feed_count++];
        *feed = (struct connect_feed){
            .connect = connect,
            .number = i,
            .item = item,
            .name = config_text(item, CONFIG_SOURCE_NAME),
            .account = config_text(item, CONFIG_SOURCE_ACCOUNT),
        };
        (void)record_format_parse(config_text(item, CONFIG_SOURCE_FORMAT), &feed->format);
        if (source_is_kinesis(item) && make(feed) != STATUS_OK) {
            return COMMAND_USAGE;
        }
    }
    return COMMAND_OK;
}

void connect_feeds_close(struct connect *connect)
{
    for (size_t i = 0; i < connect->feed_count; i++) {
        close_source(&connect->feeds[i]);
    }
    connect->feed_count = 0;
}

/* A stream is opened once, when it is known how far each shard was read; a file when it is ours. */
static void look(struct connect_feed *feed)
{
    struct connect *connect = feed->connect;
    bool is_open = feed->watch.source != NULL;
    if (source_is_kinesis(feed->item)) {
        if (!is_open && connect_checkpoints_are_read(connect->checkpoints)) {
            (void)!open_source(feed);
        }
        return;
    }
    arena_reset(connect->batch_arena);
    bool is_ours =
        connect_owns(connect, connect_key(feed, SPAN(""), connect->batch_arena));
    if (is_open && !is_ours) {
        close_source(feed);
        feed->watch.source = NULL;
    } else if (!is_open && is_ours && make(feed) == STATUS_OK) {
        (void)!open_source(feed);
    }
}

void connect_feeds_look(struct connect *connect)
{
    for (size_t i = 0; i < connect->feed_count; i++) {
        look(&connect->feeds[i]);
    }
}

/* A part may have been taken from us since its page was fetched: then it is left, and read again
 * from its checkpoint should it come back. */
static void take(struct connect_feed *feed, const struct source_batch *batch)
{
    struct connect *connect = feed->connect;
    arena_reset(connect->batch_arena);
    struct span key = connect_key(feed, batch->part, connect->batch_arena);
    struct flight_part *part = flight_part(&connect->flight, feed->number, batch->part, key);
    if (!connect_owns(connect, key) || part->skipped) {
        part->skipped = true;
        return;
    }
    bool is_news = batch->count || batch->blank || batch->part_ended ||
                   !span_equals(batch->position, buf_view(&part->begun));
    if (is_news) {
        connect_send_batch(feed, part, batch);
    }
}

static bool read_feed(struct connect_feed *feed, int wait_ms)
{
    struct source_batch batch = {0};
    enum status status = feed->made.source->ops->read(feed->made.source, wait_ms, &batch);
    if (status == STATUS_OK) {
        if (feed->made.source->ops->problem(feed->made.source).len) {
            tell(feed, EVENT_SOURCE_ROTATED);
        }
        take(feed, &batch);
        return true;
    }
    if (status == STATUS_END) {
        feed->ended = true;
        source_watch_look(&feed->watch);
        source_watch_end(&feed->watch);
        tell(feed, EVENT_SOURCE_ENDED);
    } else if (status != STATUS_AGAIN) {
        tell(feed, EVENT_SOURCE_FAILED);
        feed->connect->failed = true;
    }
    return false;
}

bool connect_feeds_read(struct connect *connect, int wait_ms)
{
    int share = wait_ms / (connect->feed_count ? (int)connect->feed_count : 1);
    for (size_t asked = 0; asked < connect->feed_count; asked++) {
        struct connect_feed *feed = &connect->feeds[connect->next_feed];
        connect->next_feed = (connect->next_feed + 1) % connect->feed_count;
        if (connect_feed_is_readable(feed) && read_feed(feed, share)) {
            return true;
        }
    }
    return false;
}

bool connect_feeds_ended(const struct connect *connect)
{
    for (size_t i = 0; i < connect->feed_count; i++) {
        if (!connect->feeds[i].ended) {
            return false;
        }
    }
    return true;
}
