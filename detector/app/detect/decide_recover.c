/* decide_recover.c: what a new owner begins with: the whole snapshot of the highest place, then the
 * log from there (docs/RECOVERY.md, rules 11 and 14 to 16). */
#include "app/detect/decide_loop.h"

#include "app/event.h"

#include <sys/random.h>

enum { ANSWER_WAIT_MS = 1000, WRITER_BYTES = 8 };

/* A broker that is away is waited for, until somebody asks to stop. */
static bool goes_on(struct decide_loop *loop)
{
    health_beat(loop->client.beat);
    return !loop->client.broken && !detect_stopping(loop->detect);
}

static void tell_unreadable(struct decide_loop *loop, enum detect_topic_number topic,
                            const struct kafka_problem *problem)
{
    const struct log_field fields[] = {
        log_text("topic", loop->detect->topics[topic].name),
        log_text("problem", kafka_problem_text(problem)),
        log_text("hint", kafka_problem_hint(problem->trouble)),
    };
    event_tell(loop->detect->log, EVENT_TOPIC_UNREADABLE, fields, sizeof fields / sizeof *fields);
    loop->client.broken = true;
}

/* Starts reading the state of a partition from its beginning. */
static bool start_state(struct decide_loop *loop, int32_t partition)
{
    enum status status = STATUS_AGAIN;
    while (status == STATUS_AGAIN && goes_on(loop)) {
        status = kafka_reader_start(loop->state, partition, KAFKA_OFFSET_BEGINNING,
                                    ANSWER_WAIT_MS);
    }
    return status == STATUS_OK;
}

static void put_batch(struct snapshot_shelf *shelf, int32_t partition,
                      const struct kafka_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct kafka_record *record = &batch->records[i];
        const struct snapshot_record put = {record->key, record->value, record->tombstone};
        if (record->partition == partition) {
            snapshot_shelf_put(shelf, &put, record->timestamp_us);
        }
    }
}

/* All that the state topic holds of a partition; NULL when it cannot be had. */
static struct snapshot_shelf *read_state(struct decide_loop *loop, int32_t partition)
{
    struct snapshot_shelf *shelf = snapshot_shelf_new((uint32_t)partition);
    bool whole = start_state(loop, partition);
    enum status status = whole ? STATUS_AGAIN : STATUS_IO;
    while (status == STATUS_AGAIN && !kafka_reader_caught_up(loop->state) && goes_on(loop)) {
        struct kafka_batch *batch = NULL;
        status = kafka_reader_poll(loop->state, ANSWER_WAIT_MS, &batch);
        if (status == STATUS_OK) {
            put_batch(shelf, partition, batch);
            kafka_batch_free(&batch);
            status = STATUS_AGAIN;
        }
    }
    if (status != STATUS_AGAIN && goes_on(loop)) {
        struct kafka_problem problem = kafka_reader_problem(loop->state);
        tell_unreadable(loop, DETECT_STATE, &problem);
    }
    whole = status == STATUS_AGAIN && kafka_reader_caught_up(loop->state) && goes_on(loop);
    kafka_reader_stop(loop->state, partition);
    if (!whole) {
        snapshot_shelf_free(&shelf);
    }
    return shelf;
}

/* Where the log begins and ends now. */
static bool find_log(struct decide_loop *loop, int32_t partition, struct decide_found *found)
{
    int64_t low = 0;
    int64_t high = 0;
    enum status status = STATUS_AGAIN;
    while (status == STATUS_AGAIN && goes_on(loop)) {
        status = kafka_consumer_watermarks(loop->client.consumer, partition, ANSWER_WAIT_MS, &low,
                                           &high);
    }
    if (status != STATUS_OK && goes_on(loop)) {
        struct kafka_problem problem = kafka_consumer_problem(loop->client.consumer);
        tell_unreadable(loop, DETECT_SIGNALS, &problem);
    }
    found->low = (uint64_t)low;
    found->high = (uint64_t)high;
    return status == STATUS_OK;
}

static struct span writer_name(struct arena *arena)
{
    unsigned char bytes[WRITER_BYTES];
    struct buf name = {0};
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        uint64_t now_ns = clock_monotonic_ns(); /* no random numbers at boot: unlike enough */
        memcpy(bytes, &now_ns, sizeof bytes);
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        buf_printf(&name, "%02x", (unsigned)bytes[i]);
    }
    struct span text = arena_copy(arena, buf_view(&name));
    buf_deinit(&name);
    return text;
}

static void tell_refused(struct decide_loop *loop, struct decide_problem *problem)
{
    const struct log_field fields[] = {
        log_text("problem", buf_view(&problem->text)),
        log_text("hint", span_view(problem->hint)),
    };
    event_tell(loop->detect->log, EVENT_STATE_REFUSED, fields, sizeof fields / sizeof *fields);
    loop->client.broken = true;
}

static void tell_taken(const struct decide_loop *loop, const struct decide_seat *seat,
                       const struct decide_found *found)
{
    const struct log_field fields[] = {
        log_number("partition", seat->number),
        log_number("snapshot", (int64_t)decide_part_start(seat->part)),
        log_number("end", (int64_t)found->high),
        log_number("output", (int64_t)found->committed),
        log_number("episodes", (int64_t)decider_open_count(decide_part_decider(seat->part))),
    };
    event_tell(loop->detect->log, EVENT_STATE_RECOVERED, fields, sizeof fields / sizeof *fields);
}

static bool open_part(struct decide_loop *loop, struct decide_seat *seat,
                      struct snapshot_shelf *shelf, const struct decide_found *found)
{
    struct arena *arena = arena_new(512);
    struct decide_problem problem = {0};
    const struct kafka_setup_topic *signals = &loop->detect->topics[DETECT_SIGNALS];
    const struct snapshot_writer_options options = {
        .partition = (uint32_t)seat->number,
        .writer = writer_name(arena),
        .topic_id = signals->id,
        .partitions = (uint32_t)signals->partitions,
    };
    bool opened =
        decide_part_open(&options, shelf, found, &problem, &seat->part) == STATUS_OK;
    if (opened) {
        tell_taken(loop, seat, found);
    } else {
        tell_refused(loop, &problem);
    }
    buf_deinit(&problem.text);
    arena_free(&arena);
    return opened;
}

/* Partitions that are taken together write their snapshots one after the other. */
static uint64_t first_snapshot_ns(const struct decide_loop *loop, const struct decide_seat *seat)
{
    int64_t interval_us =
        config_root_value(loop->detect->config, CONFIG_DETECT_SNAPSHOT_INTERVAL)->number;
    uint64_t interval_ns = (uint64_t)interval_us * 1000;
    return clock_monotonic_ns() + interval_ns / loop->seat_count * ((size_t)seat->number + 1);
}

bool decide_recover(struct decide_loop *loop, struct decide_seat *seat,
                    const struct kafka_part *committed)
{
    struct decide_found found = {
        .has_committed = committed->offset >= 0,
        .committed = committed->offset >= 0 ? (uint64_t)committed->offset : 0,
        .committed_id = committed->metadata,
    };
    decide_recover_drop(seat);
    struct snapshot_shelf *shelf = read_state(loop, seat->number);
    if (!shelf || !find_log(loop, seat->number, &found)) {
        snapshot_shelf_free(&shelf);
        return false;
    }
    if (!open_part(loop, seat, shelf, &found)) {
        return false;
    }
    seat->replay_until = found.high;
    seat->snapshot_ns = first_snapshot_ns(loop, seat);
    return true;
}

void decide_recover_drop(struct decide_seat *seat)
{
    decide_part_free(&seat->part);
    seat->epoch++;
    seat->failed = false;
    seat->retry_ns = 0;
    seat->told_offset = 0;
}
