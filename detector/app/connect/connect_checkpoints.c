/* connect_checkpoints.c: a table by key, fed by the topic alone: what this process writes comes
 * back by it too. */
#include "app/connect/connect_checkpoints.h"

#include "base/check.h"
#include "base/json_writer.h"
#include "kinesis/kinesis_position.h"
#include "model/json.h"

#include <stdlib.h>

enum { START_WAIT_MS = 1000, TABLE_MIN = 64 };

struct row {
    struct buf key; /* empty: the place is free */
    struct buf position;
};

/* How much of a partition is known. */
struct partition {
    bool started;
    int64_t next;    /* the offset behind what was read */
    int64_t goal;    /* what must be read; -1: to be asked for */
    bool goal_wanted;
};

struct connect_checkpoints {
    struct kafka_reader *reader;
    struct partition *partitions;
    int32_t partition_count;
    struct row *rows;  /* open addressing; capacity is a power of two */
    size_t row_count;
    size_t capacity;
    struct arena *scratch;
    bool read; /* all partitions were known once */
};

static void *zeroed(size_t count, size_t size)
{
    void *bytes = calloc(count, size);
    if (!bytes) {
        check_memory_exhausted(count * size);
    }
    return bytes;
}

enum status connect_checkpoints_new(const struct kafka_settings *settings, struct span topic,
                                    int32_t partitions, struct kafka_problem *problem,
                                    struct connect_checkpoints **out)
{
    struct kafka_reader *reader = NULL;
    enum status status = kafka_reader_new(settings, topic, problem, &reader);
    if (status != STATUS_OK) {
        return status;
    }
    struct connect_checkpoints *checkpoints = zeroed(1, sizeof *checkpoints);
    checkpoints->reader = reader;
    checkpoints->partition_count = partitions;
    checkpoints->partitions = zeroed((size_t)partitions, sizeof *checkpoints->partitions);
    checkpoints->capacity = TABLE_MIN;
    checkpoints->rows = zeroed(TABLE_MIN, sizeof *checkpoints->rows);
    checkpoints->scratch = arena_new(0);
    *out = checkpoints;
    return STATUS_OK;
}

void connect_checkpoints_free(struct connect_checkpoints **checkpoints)
{
    struct connect_checkpoints *ended = *checkpoints;
    if (!ended) {
        return;
    }
    kafka_reader_free(&ended->reader);
    for (size_t i = 0; i < ended->capacity; i++) {
        buf_deinit(&ended->rows[i].key);
        buf_deinit(&ended->rows[i].position);
    }
    free(ended->rows);
    free(ended->partitions);
    arena_free(&ended->scratch);
    free(ended);
    *checkpoints = NULL;
}

/* The row of a key, or the free one where it belongs. */
static struct row *place_of(struct row *rows, size_t capacity, struct span key)
{
    size_t at = (size_t)span_hash(key) & (capacity - 1);
    while (rows[at].key.len && !span_equals(buf_view(&rows[at].key), key)) {
        at = (at + 1) & (capacity - 1);
    }
    return &rows[at];
}

static void grow(struct connect_checkpoints *checkpoints)
{
    size_t capacity = checkpoints->capacity * 2;
    struct row *rows = zeroed(capacity, sizeof *rows);
    for (size_t i = 0; i < checkpoints->capacity; i++) {
        if (checkpoints->rows[i].key.len) {
            *place_of(rows, capacity, buf_view(&checkpoints->rows[i].key)) =
                checkpoints->rows[i];
        }
    }
    free(checkpoints->rows);
    checkpoints->rows = rows;
    checkpoints->capacity = capacity;
}

/* Positions of shards have an order; those of files are taken as they come. */
static bool has_order(struct span position)
{
    return position.len && memchr(position.ptr, '/', position.len);
}

static bool counts(struct span fresh, struct span old)
{
    return !has_order(old) || !has_order(fresh) || kinesis_position_passes(fresh, old);
}

static void put(struct connect_checkpoints *checkpoints, struct span key, struct span position)
{
    if (checkpoints->row_count * 2 >= checkpoints->capacity) {
        grow(checkpoints);
    }
    struct row *row = place_of(checkpoints->rows, checkpoints->capacity, key);
    if (!row->key.len) {
        buf_append(&row->key, key);
        checkpoints->row_count++;
    }
    if (counts(position, buf_view(&row->position))) {
        buf_clear(&row->position);
        buf_append(&row->position, position);
    }
}

/* A tombstone, or what is no checkpoint, says nothing. */
static void take_in(struct connect_checkpoints *checkpoints, const struct kafka_record *record)
{
    struct json_error error;
    struct value value;
    arena_reset(checkpoints->scratch);
    if (record->tombstone || !record->key.len ||
        json_read(record->value, JSON_NUMBERS_DECIMAL, checkpoints->scratch, &error, &value) !=
            STATUS_OK ||
        value.kind != VALUE_MAP) {
        return;
    }
    const struct value *position = value_map_get(&value, SPAN("position"));
    if (position && position->kind == VALUE_STRING && position->text.len) {
        put(checkpoints, record->key, position->text);
    }
}

/* Brokers may be away: what is not started or known yet is tried again at the next poll. */
static enum status prepare(struct connect_checkpoints *checkpoints)
{
    enum status status = STATUS_OK;
    for (int32_t i = 0; i < checkpoints->partition_count && status == STATUS_OK; i++) {
        struct partition *partition = &checkpoints->partitions[i];
        int64_t low = 0;
        if (!partition->started) {
            status = kafka_reader_start(checkpoints->reader, i, KAFKA_OFFSET_BEGINNING,
                                        START_WAIT_MS);
            partition->started = status == STATUS_OK;
            partition->goal = -1;
            partition->goal_wanted = partition->started;
        }
        if (status == STATUS_OK && partition->goal_wanted) {
            status = kafka_reader_watermarks(checkpoints->reader, i, START_WAIT_MS, &low,
                                             &partition->goal);
            partition->goal_wanted = status != STATUS_OK;
        }
    }
    return status;
}

enum status connect_checkpoints_poll(struct connect_checkpoints *checkpoints, int wait_ms,
                                     struct kafka_problem *problem)
{
    struct kafka_batch *batch = NULL;
    enum status status = prepare(checkpoints);
    if (status == STATUS_OK) {
        status = kafka_reader_poll(checkpoints->reader, wait_ms, &batch);
    }
    if (status != STATUS_OK) {
        *problem = kafka_reader_problem(checkpoints->reader);
        return status;
    }
    for (size_t i = 0; i < batch->count; i++) {
        take_in(checkpoints, &batch->records[i]);
        checkpoints->partitions[batch->records[i].partition].next = batch->records[i].offset + 1;
    }
    for (size_t i = 0; i < batch->end_count; i++) {
        checkpoints->partitions[batch->ends[i].partition].next = batch->ends[i].offset;
    }
    kafka_batch_free(&batch);
    return STATUS_OK;
}

void connect_checkpoints_renew(struct connect_checkpoints *checkpoints, int32_t partition)
{
    checkpoints->partitions[partition].goal = -1;
    checkpoints->partitions[partition].goal_wanted = true;
}

bool connect_checkpoints_knows(const struct connect_checkpoints *checkpoints, int32_t partition)
{
    const struct partition *at = &checkpoints->partitions[partition];
    return at->started && !at->goal_wanted && at->next >= at->goal;
}

bool connect_checkpoints_are_read(struct connect_checkpoints *checkpoints)
{
    for (int32_t i = 0; i < checkpoints->partition_count && !checkpoints->read; i++) {
        if (!connect_checkpoints_knows(checkpoints, i)) {
            return false;
        }
    }
    checkpoints->read = true;
    return true;
}

enum status connect_checkpoints_find(const struct connect_checkpoints *checkpoints,
                                     struct span key, struct arena *arena, struct span *out)
{
    const struct row *row = place_of(checkpoints->rows, checkpoints->capacity, key);
    if (!row->key.len || !row->position.len) {
        return STATUS_NOT_FOUND;
    }
    *out = arena_copy(arena, buf_view(&row->position));
    return STATUS_OK;
}

void connect_checkpoint_write(struct span position, int64_t now_us, struct buf *out)
{
    char time[CLOCK_TEXT_SIZE];
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "position");
    json_write_string(&writer, position);
    json_key(&writer, "at");
    json_write_string(&writer, clock_format(now_us, time));
    json_close_object(&writer);
}
