/* snapshot_writer.c: a phase after the other, each begun when all of the one before is durable. */
#include "engine/decide/snapshot_writer.h"

#include "base/check.h"

#include <stdlib.h>

enum phase {
    PHASE_IDLE,
    PHASE_CHUNKS,
    PHASE_MANIFEST,   /* its chunks are durable; the alerts below it may not be */
    PHASE_TOMBSTONES, /* it is durable: what it replaces can go */
};

struct snapshot_writer {
    uint32_t partition;
    uint32_t partitions;
    struct arena *arena; /* writer, topic_id */
    struct span name;
    struct span topic_id;
    struct snapshot_shelf *shelf;
    enum phase phase;
    uint32_t slot;
    uint64_t offset;
    struct buf bytes;
    uint32_t next_chunk;
    bool manifest_sent;
    bool tombstone_due;  /* `stale` is to be sent */
    struct snapshot_key stale;
    size_t on_way;       /* records sent and not reported */
    uint64_t durable_offset;
    uint64_t durable_bytes;
    char key[SNAPSHOT_KEY_SIZE];
    struct buf value;
};

struct snapshot_writer *snapshot_writer_new(const struct snapshot_writer_options *options,
                                            struct snapshot_shelf *shelf)
{
    struct snapshot_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        check_memory_exhausted(sizeof *writer);
    }
    writer->partition = options->partition;
    writer->partitions = options->partitions;
    writer->arena = arena_new(512);
    writer->name = arena_copy(writer->arena, options->writer);
    writer->topic_id = arena_copy(writer->arena, options->topic_id);
    writer->shelf = shelf;
    return writer;
}

void snapshot_writer_free(struct snapshot_writer **writer)
{
    if (*writer) {
        snapshot_shelf_free(&(*writer)->shelf);
        arena_free(&(*writer)->arena);
        buf_deinit(&(*writer)->bytes);
        buf_deinit(&(*writer)->value);
        free(*writer);
        *writer = NULL;
    }
}

bool snapshot_writer_is_idle(const struct snapshot_writer *writer)
{
    return writer->phase == PHASE_IDLE && writer->on_way == 0;
}

void snapshot_writer_begin(struct snapshot_writer *writer, struct buf *bytes, uint64_t offset)
{
    check(snapshot_writer_is_idle(writer));
    check(bytes->len <= (size_t)SNAPSHOT_CHUNKS_MAX * SNAPSHOT_CHUNK_BYTES);
    buf_deinit(&writer->bytes);
    writer->bytes = *bytes;
    *bytes = (struct buf){0};
    writer->offset = offset;
    writer->next_chunk = 0;
    writer->manifest_sent = false;
    writer->phase = PHASE_CHUNKS;
}

static uint32_t chunk_count(const struct snapshot_writer *writer)
{
    return (uint32_t)((writer->bytes.len + SNAPSHOT_CHUNK_BYTES - 1) / SNAPSHOT_CHUNK_BYTES);
}

static struct snapshot_record record_of(struct snapshot_writer *writer,
                                        const struct snapshot_key *key, struct span value,
                                        bool tombstone)
{
    return (struct snapshot_record){snapshot_key_format(key, writer->key), value, tombstone};
}

static bool next_chunk(struct snapshot_writer *writer, struct snapshot_record *out)
{
    if (writer->next_chunk == chunk_count(writer)) {
        return false;
    }
    size_t from = (size_t)writer->next_chunk * SNAPSHOT_CHUNK_BYTES;
    size_t left = writer->bytes.len - from;
    size_t length = left < SNAPSHOT_CHUNK_BYTES ? left : SNAPSHOT_CHUNK_BYTES;
    const struct snapshot_key key = {
        .partition = writer->partition, .writer = writer->name, .slot = writer->slot,
        .chunk = writer->next_chunk};
    *out = record_of(writer, &key, span_of(writer->bytes.ptr + from, length), false);
    return true;
}

static bool next_manifest(struct snapshot_writer *writer, uint64_t output,
                          struct snapshot_record *out)
{
    if (writer->manifest_sent || output < writer->offset) {
        return false;
    }
    struct snapshot_manifest manifest = snapshot_manifest_of(
        buf_view(&writer->bytes), writer->offset, writer->topic_id, writer->partitions);
    const struct snapshot_key key = {
        .partition = writer->partition, .writer = writer->name, .slot = writer->slot,
        .is_manifest = true};
    buf_clear(&writer->value);
    snapshot_manifest_write(&manifest, &writer->value);
    *out = record_of(writer, &key, buf_view(&writer->value), false);
    return true;
}

static bool next_tombstone(struct snapshot_writer *writer, int64_t now_us,
                           struct snapshot_record *out)
{
    if (!writer->tombstone_due) {
        writer->tombstone_due = snapshot_shelf_stale(writer->shelf, writer->durable_offset, now_us,
                                                     &writer->stale);
    }
    if (!writer->tombstone_due) {
        if (writer->on_way == 0) {
            writer->phase = PHASE_IDLE;
        }
        return false;
    }
    *out = record_of(writer, &writer->stale, span_of(NULL, 0), true);
    return true;
}

bool snapshot_writer_next(struct snapshot_writer *writer, uint64_t output, int64_t now_us,
                          struct snapshot_record *out)
{
    switch (writer->phase) {
    case PHASE_IDLE: return false;
    case PHASE_CHUNKS: return next_chunk(writer, out);
    case PHASE_MANIFEST: return next_manifest(writer, output, out);
    case PHASE_TOMBSTONES: return next_tombstone(writer, now_us, out);
    }
    return false;
}

void snapshot_writer_sent(struct snapshot_writer *writer)
{
    writer->on_way++;
    writer->next_chunk += writer->phase == PHASE_CHUNKS;
    writer->manifest_sent = writer->phase == PHASE_MANIFEST;
    writer->tombstone_due = false;
}

/* The next snapshot goes to the other slot: this one stays whole until that is. */
static void become_durable(struct snapshot_writer *writer)
{
    writer->durable_offset = writer->offset;
    writer->durable_bytes = writer->bytes.len;
    writer->slot = (writer->slot + 1) % SNAPSHOT_SLOTS;
    writer->phase = PHASE_TOMBSTONES;
    buf_deinit(&writer->bytes);
}

void snapshot_writer_deliver(struct snapshot_writer *writer)
{
    check(writer->on_way > 0);
    writer->on_way--;
    if (writer->on_way > 0) {
        return;
    }
    if (writer->phase == PHASE_CHUNKS && writer->next_chunk == chunk_count(writer)) {
        writer->phase = PHASE_MANIFEST;
    } else if (writer->phase == PHASE_MANIFEST) {
        become_durable(writer);
    }
}

uint64_t snapshot_writer_offset(const struct snapshot_writer *writer)
{
    return writer->durable_offset;
}

uint64_t snapshot_writer_bytes(const struct snapshot_writer *writer)
{
    return writer->durable_bytes;
}
