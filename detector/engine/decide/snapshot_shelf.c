/* snapshot_shelf.c: a short list of slots, each with its manifest and its chunks. */
#include "engine/decide/snapshot_shelf.h"

#include "base/check.h"

#include <stdlib.h>

enum { SLOTS_MAX = 4096 }; /* two a writer, and writers are cleaned up after */

struct chunk {
    char *bytes; /* NULL: not there, or given back */
    size_t len;
    bool is_there;
};

struct shelf_slot {
    struct span writer;
    uint32_t number;
    int64_t written_us;    /* the time of its newest record */
    bool has_manifest;
    bool is_whole;         /* as snapshot_shelf_list found */
    struct snapshot_manifest manifest;
    struct chunk *chunks;
    uint32_t chunk_count;
};

struct snapshot_shelf {
    uint32_t partition;
    struct arena *arena; /* writers, texts of manifests */
    struct shelf_slot *slots;
    size_t count;
    size_t capacity;
};

struct snapshot_shelf *snapshot_shelf_new(uint32_t partition)
{
    struct snapshot_shelf *shelf = calloc(1, sizeof *shelf);
    if (!shelf) {
        check_memory_exhausted(sizeof *shelf);
    }
    shelf->partition = partition;
    shelf->arena = arena_new(4096);
    return shelf;
}

static void drop_chunks(struct shelf_slot *slot)
{
    for (uint32_t i = 0; i < slot->chunk_count; i++) {
        free(slot->chunks[i].bytes);
        slot->chunks[i].bytes = NULL;
    }
}

void snapshot_shelf_free(struct snapshot_shelf **shelf)
{
    struct snapshot_shelf *ended = *shelf;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->count; i++) {
        drop_chunks(&ended->slots[i]);
        free(ended->slots[i].chunks);
    }
    free(ended->slots);
    arena_free(&ended->arena);
    free(ended);
    *shelf = NULL;
}

static void *resize(void *memory, size_t count, size_t size)
{
    void *resized = realloc(memory, count * size);
    if (!resized) {
        check_memory_exhausted(count * size);
    }
    return resized;
}

/* The slot of a key; NULL when there are too many. */
static struct shelf_slot *slot_of(struct snapshot_shelf *shelf, const struct snapshot_key *key)
{
    for (size_t i = 0; i < shelf->count; i++) {
        struct shelf_slot *slot = &shelf->slots[i];
        if (slot->number == key->slot && span_equals(slot->writer, key->writer)) {
            return slot;
        }
    }
    if (shelf->count == SLOTS_MAX) {
        return NULL;
    }
    if (shelf->count == shelf->capacity) {
        shelf->capacity = shelf->capacity ? 2 * shelf->capacity : 4;
        shelf->slots = resize(shelf->slots, shelf->capacity, sizeof *shelf->slots);
    }
    struct shelf_slot *slot = &shelf->slots[shelf->count++];
    *slot = (struct shelf_slot){
        .writer = arena_copy(shelf->arena, key->writer),
        .number = key->slot,
        .written_us = INT64_MIN,
    };
    return slot;
}

static void put_manifest(struct snapshot_shelf *shelf, struct shelf_slot *slot, struct span value,
                         bool tombstone)
{
    struct span kept = arena_copy(shelf->arena, value);
    slot->has_manifest =
        !tombstone &&
        snapshot_manifest_read(kept, shelf->arena, &slot->manifest) == STATUS_OK;
}

static void put_chunk(struct shelf_slot *slot, uint32_t number, struct span value, bool tombstone)
{
    if (number >= slot->chunk_count) {
        slot->chunks = resize(slot->chunks, (size_t)number + 1, sizeof *slot->chunks);
        memset(slot->chunks + slot->chunk_count, 0,
               (number + 1 - slot->chunk_count) * sizeof *slot->chunks);
        slot->chunk_count = number + 1;
    }
    struct chunk *chunk = &slot->chunks[number];
    free(chunk->bytes);
    *chunk = (struct chunk){.is_there = !tombstone};
    if (!tombstone) {
        chunk->bytes = resize(NULL, value.len + 1, 1);
        memcpy(chunk->bytes, value.len ? value.ptr : "", value.len);
        chunk->len = value.len;
    }
}

void snapshot_shelf_put(struct snapshot_shelf *shelf, const struct snapshot_record *record,
                        int64_t time_us)
{
    struct snapshot_key key;
    if (!snapshot_key_parse(record->key, &key) || key.partition != shelf->partition) {
        return;
    }
    struct shelf_slot *slot = slot_of(shelf, &key);
    if (!slot) {
        return;
    }
    slot->written_us = time_us > slot->written_us ? time_us : slot->written_us;
    if (key.is_manifest) {
        put_manifest(shelf, slot, record->value, record->tombstone);
    } else {
        put_chunk(slot, key.chunk, record->value, record->tombstone);
    }
}

static void append_bytes(const struct shelf_slot *slot, struct buf *out)
{
    for (uint32_t i = 0; i < slot->manifest.chunks; i++) {
        buf_append(out, span_of(slot->chunks[i].bytes, slot->chunks[i].len));
    }
}

static bool is_whole(const struct shelf_slot *slot)
{
    uint64_t bytes = 0;
    if (!slot->has_manifest || slot->manifest.chunks > slot->chunk_count) {
        return false;
    }
    for (uint32_t i = 0; i < slot->manifest.chunks; i++) {
        if (!slot->chunks[i].bytes) {
            return false;
        }
        bytes += slot->chunks[i].len;
    }
    if (bytes != slot->manifest.bytes) {
        return false;
    }
    struct buf all = {0};
    append_bytes(slot, &all);
    struct digest digest = snapshot_digest(buf_view(&all));
    buf_deinit(&all);
    return digest_equals(&digest, &slot->manifest.digest);
}

static int by_place(const void *a, const void *b)
{
    const struct snapshot_whole *left = a;
    const struct snapshot_whole *right = b;
    if (left->manifest.offset != right->manifest.offset) {
        return left->manifest.offset > right->manifest.offset ? -1 : 1;
    }
    int order = span_compare(left->writer, right->writer);
    return order ? order : (left->slot > right->slot) - (left->slot < right->slot);
}

size_t snapshot_shelf_list(struct snapshot_shelf *shelf, struct snapshot_whole *out, size_t max)
{
    size_t count = 0;
    struct snapshot_whole *all = arena_array(shelf->arena, shelf->count, sizeof *all);
    for (size_t i = 0; i < shelf->count; i++) {
        struct shelf_slot *slot = &shelf->slots[i];
        slot->is_whole = is_whole(slot);
        if (slot->is_whole) {
            all[count++] = (struct snapshot_whole){slot->manifest, slot->writer, slot->number};
        }
    }
    if (count > 1) {
        qsort(all, count, sizeof *all, by_place);
    }
    count = count < max ? count : max;
    if (count) {
        memcpy(out, all, count * sizeof *all);
    }
    return count;
}

void snapshot_shelf_bytes(const struct snapshot_shelf *shelf, const struct snapshot_whole *whole,
                          struct buf *out)
{
    for (size_t i = 0; i < shelf->count; i++) {
        const struct shelf_slot *slot = &shelf->slots[i];
        if (slot->number == whole->slot && span_equals(slot->writer, whole->writer)) {
            check(slot->is_whole);
            append_bytes(slot, out);
        }
    }
}

bool snapshot_shelf_foreign(struct snapshot_shelf *shelf, struct span topic_id,
                            uint32_t partitions, struct snapshot_manifest *out)
{
    for (size_t i = 0; i < shelf->count; i++) {
        const struct snapshot_manifest *manifest = &shelf->slots[i].manifest;
        if (shelf->slots[i].has_manifest && (!span_equals(manifest->topic_id, topic_id) ||
                                             manifest->partitions != partitions)) {
            *out = *manifest;
            return true;
        }
    }
    return false;
}

void snapshot_shelf_keep_keys(struct snapshot_shelf *shelf)
{
    for (size_t i = 0; i < shelf->count; i++) {
        drop_chunks(&shelf->slots[i]);
    }
}

/* A key of the slot that is still there, which is no more from here on. */
static bool take_key(struct shelf_slot *slot, struct snapshot_key *out)
{
    out->writer = slot->writer;
    out->slot = slot->number;
    out->is_manifest = slot->has_manifest;
    if (slot->has_manifest) {
        slot->has_manifest = false;
        slot->is_whole = false;
        return true;
    }
    for (uint32_t i = 0; i < slot->chunk_count; i++) {
        if (slot->chunks[i].is_there) {
            slot->chunks[i].is_there = false;
            out->chunk = i;
            return true;
        }
    }
    return false;
}

static bool is_old(const struct shelf_slot *slot, int64_t now_us)
{
    int64_t old_us;
    return !__builtin_add_overflow(slot->written_us, SNAPSHOT_STALE_US, &old_us) &&
           old_us <= now_us;
}

bool snapshot_shelf_stale(struct snapshot_shelf *shelf, uint64_t offset, int64_t now_us,
                          struct snapshot_key *out)
{
    for (size_t i = 0; i < shelf->count; i++) {
        struct shelf_slot *slot = &shelf->slots[i];
        bool needed = slot->is_whole && slot->manifest.offset >= offset;
        *out = (struct snapshot_key){.partition = shelf->partition};
        if (!needed && is_old(slot, now_us) && take_key(slot, out)) {
            return true;
        }
    }
    return false;
}
