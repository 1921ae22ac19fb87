/* lookup_log.c: a hash table with linear probing, at most half full. A removed key leaves its slot
 * in place, without a value, until the table grows. */
#include "engine/evaluate/lookup_log.h"

#include "base/check.h"
#include "policy/lookup/lookup_file.h"

#include <stdlib.h>

enum { SLOTS_MIN = 64 };

/* key and value lie in one allocation; NULL: never used. */
struct slot {
    char *bytes;
    size_t key_length;
    size_t value_length;
    uint64_t hash;
    bool removed;
};

struct lookup_log {
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t used;       /* removed ones too */
    size_t rows;
    size_t value_bytes;
};

static struct slot *new_slots(size_t count)
{
    struct slot *slots = calloc(count, sizeof *slots);
    if (!slots) {
        check_memory_exhausted(count * sizeof *slots);
    }
    return slots;
}

struct lookup_log *lookup_log_new(void)
{
    struct lookup_log *log = calloc(1, sizeof *log);
    if (!log) {
        check_memory_exhausted(sizeof *log);
    }
    log->slots = new_slots(SLOTS_MIN);
    log->slot_count = SLOTS_MIN;
    return log;
}

void lookup_log_free(struct lookup_log **log)
{
    if (*log) {
        for (size_t i = 0; i < (*log)->slot_count; i++) {
            free((*log)->slots[i].bytes);
        }
        free((*log)->slots);
        free(*log);
        *log = NULL;
    }
}

static struct span key_of(const struct slot *slot)
{
    return span_of(slot->bytes, slot->key_length);
}

/* The slot of a key, or the free one where it belongs. */
static struct slot *find(const struct lookup_log *log, struct span key, uint64_t hash)
{
    size_t at = hash & (log->slot_count - 1);
    for (;; at = (at + 1) & (log->slot_count - 1)) {
        struct slot *slot = &log->slots[at];
        if (!slot->bytes || (slot->hash == hash && span_equals(key_of(slot), key))) {
            return slot;
        }
    }
}

/* Also when many keys were removed: these are left behind. */
static void grow(struct lookup_log *log)
{
    struct slot *old = log->slots;
    size_t old_count = log->slot_count;
    while (log->slot_count < 4 * (log->rows + 1)) {
        log->slot_count *= 2;
    }
    log->slots = new_slots(log->slot_count);
    log->used = 0;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].bytes && !old[i].removed) {
            *find(log, key_of(&old[i]), old[i].hash) = old[i];
            log->used++;
        } else {
            free(old[i].bytes);
        }
    }
    free(old);
}

static void fill(struct slot *slot, struct span key, struct span value)
{
    char *bytes = malloc(key.len + value.len + 1);
    if (!bytes) {
        check_memory_exhausted(key.len + value.len + 1);
    }
    if (key.len) {
        memcpy(bytes, key.ptr, key.len);
    }
    if (value.len) {
        memcpy(bytes + key.len, value.ptr, value.len);
    }
    free(slot->bytes);
    slot->bytes = bytes;
    slot->key_length = key.len;
    slot->value_length = value.len;
    slot->removed = false;
}

enum status lookup_log_put(struct lookup_log *log, struct span key, struct span value,
                           bool tombstone)
{
    uint64_t hash = span_hash(key);
    struct slot *slot = find(log, key, hash);
    bool had_row = slot->bytes && !slot->removed;
    size_t old_bytes = had_row ? slot->value_length : 0;
    if (tombstone) {
        log->value_bytes -= old_bytes;
        log->rows -= had_row;
        slot->removed = slot->removed || had_row;
        return STATUS_OK;
    }
    if ((!had_row && log->rows == LOOKUP_ROWS_MAX) ||
        log->value_bytes - old_bytes + value.len > LOOKUP_FILE_BYTES_MAX) {
        return STATUS_LIMIT;
    }
    log->used += !slot->bytes;
    log->rows += !had_row;
    log->value_bytes += value.len - old_bytes;
    fill(slot, key, value);
    slot->hash = hash;
    if (2 * log->used >= log->slot_count) {
        grow(log);
    }
    return STATUS_OK;
}

size_t lookup_log_count(const struct lookup_log *log)
{
    return log->rows;
}

static int compare_keys(const void *a, const void *b)
{
    return span_compare(key_of(*(const struct slot *const *)a),
                        key_of(*(const struct slot *const *)b));
}

struct span lookup_log_text(const struct lookup_log *log, struct arena *arena)
{
    const struct slot **sorted = arena_array(arena, log->rows + 1, sizeof(struct slot *));
    char *text = arena_array(arena, log->value_bytes + log->rows + 1, 1);
    size_t count = 0;
    size_t length = 0;
    for (size_t i = 0; i < log->slot_count; i++) {
        if (log->slots[i].bytes && !log->slots[i].removed) {
            sorted[count++] = &log->slots[i];
        }
    }
    if (count > 1) {
        qsort(sorted, count, sizeof(struct slot *), compare_keys);
    }
    for (size_t i = 0; i < count; i++) {
        const char *value = sorted[i]->bytes + sorted[i]->key_length;
        for (size_t k = 0; k < sorted[i]->value_length; k++) {
            text[length++] = value[k] == '\n' ? ' ' : value[k];
        }
        text[length++] = '\n';
    }
    return span_of(text, length);
}
