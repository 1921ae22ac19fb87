/* keepsakes.c: signals as their JSON, by time and place in the log. */
#include "engine/correlate/keepsakes.h"

#include "base/check.h"
#include "model/signal_json.h"

#include <stdlib.h>

struct keepsake {
    int64_t time_us;
    uint64_t sequence;
    struct span json; /* owned */
};

struct keepsakes {
    struct keepsake *items;
    size_t count;
    size_t capacity;
    size_t bytes; /* of the texts */
};

static struct span json_of(const struct signal *signal)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    signal_write_json(signal, &writer);
    char *copy = malloc(text.len);
    if (!copy) {
        check_memory_exhausted(text.len);
    }
    memcpy(copy, text.ptr, text.len);
    struct span json = span_of(copy, text.len);
    buf_deinit(&text);
    return json;
}

static bool comes_before(const struct keepsake *a, const struct keepsake *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->sequence < b->sequence;
}

static void drop(struct keepsakes *kept, struct keepsake *keepsake)
{
    kept->bytes -= keepsake->json.len;
    free((char *)(uintptr_t)keepsake->json.ptr);
}

static void drop_oldest(struct keepsakes *kept, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        drop(kept, &kept->items[i]);
    }
    kept->count -= count;
    if (count > 0) {
        memmove(kept->items, kept->items + count, kept->count * sizeof *kept->items);
    }
}

/* Room for one more. */
static void reserve(struct keepsakes *kept)
{
    if (kept->count < kept->capacity) {
        return;
    }
    size_t capacity = kept->capacity ? 2 * kept->capacity : 1;
    struct keepsake *items = realloc(kept->items, capacity * sizeof *items);
    if (!items) {
        check_memory_exhausted(capacity * sizeof *items);
    }
    kept->items = items;
    kept->capacity = capacity;
}

static void put(struct keepsakes *kept, const struct keepsake *keepsake)
{
    size_t place = kept->count;
    while (place > 0 && comes_before(keepsake, &kept->items[place - 1])) {
        place--;
    }
    reserve(kept);
    memmove(&kept->items[place + 1], &kept->items[place],
            (kept->count - place) * sizeof *kept->items);
    kept->items[place] = *keepsake;
    kept->count++;
    kept->bytes += keepsake->json.len;
    if (kept->count > KEEPSAKES_MAX) {
        drop_oldest(kept, 1);
    }
}

static struct keepsakes *made(struct keepsakes **kept)
{
    if (!*kept) {
        *kept = calloc(1, sizeof **kept);
    }
    if (!*kept) {
        check_memory_exhausted(sizeof **kept);
    }
    return *kept;
}

void keepsakes_add(struct keepsakes **kept, const struct signal *signal)
{
    const struct keepsake keepsake = {signal->event_time_us, signal->sequence, json_of(signal)};
    put(made(kept), &keepsake);
}

void keepsakes_forget(struct keepsakes *kept, int64_t before_us)
{
    size_t count = 0;
    while (count + 1 < kept->count && kept->items[count].time_us < before_us) {
        count++;
    }
    drop_oldest(kept, count);
}

void keepsakes_keep(struct keepsakes *kept, const void *memory,
                    bool (*may_show)(const void *memory, int64_t time_us, uint64_t sequence))
{
    size_t rest = 0;
    for (size_t i = 0; i < kept->count; i++) {
        struct keepsake *keepsake = &kept->items[i];
        bool is_last = rest == 0 && i + 1 == kept->count;
        if (is_last || may_show(memory, keepsake->time_us, keepsake->sequence)) {
            kept->items[rest++] = *keepsake;
        } else {
            drop(kept, keepsake);
        }
    }
    kept->count = rest;
}

struct signal keepsakes_find(const struct keepsakes *kept, int64_t time_us, uint64_t sequence,
                             struct arena *arena)
{
    const struct keepsake wanted = {.time_us = time_us, .sequence = sequence};
    struct json_error error;
    struct signal signal;
    size_t place = 0;
    while (place + 1 < kept->count && comes_before(&kept->items[place], &wanted)) {
        place++;
    }
    struct span copy = arena_copy(arena, kept->items[place].json);
    check(signal_read_json(copy, arena, &error, &signal) == STATUS_OK);
    signal.sequence = kept->items[place].sequence;
    return signal;
}

size_t keepsakes_bytes(const struct keepsakes *kept)
{
    /* not the room: a state taken up has less */
    return kept ? sizeof *kept + kept->count * sizeof *kept->items + kept->bytes : 0;
}

void keepsakes_save(const struct keepsakes *kept, struct buf *out)
{
    pack_u32(out, (uint32_t)kept->count);
    for (size_t i = 0; i < kept->count; i++) {
        pack_u64(out, kept->items[i].sequence);
        pack_text(out, kept->items[i].json);
    }
}

/* The text is what signal_write_json makes of it. */
static bool is_canonical(const struct signal *signal, struct span text)
{
    struct span again = json_of(signal);
    bool same = span_equals(again, text);
    free((char *)(uintptr_t)again.ptr);
    return same;
}

static void load_one(struct keepsakes *kept, const struct digest *state_id, struct span group_key,
                     struct unpacker *from)
{
    struct json_error error;
    struct signal signal = {0};
    struct arena *arena = arena_new(0);
    uint64_t sequence = unpack_u64(from);
    struct span text = unpack_text(from, UINT32_MAX);
    bool sound = !from->failed && signal_read_json(text, arena, &error, &signal) == STATUS_OK &&
                 signal.kind == SIGNAL_MATCH && is_canonical(&signal, text) &&
                 digest_equals(&signal.state_id, state_id) &&
                 span_equals(signal.group_key, group_key);
    struct keepsake keepsake = {.time_us = signal.event_time_us, .sequence = sequence};
    sound = sound &&
            (kept->count == 0 || !comes_before(&keepsake, &kept->items[kept->count - 1]));
    unpack_expect(from, sound);
    if (sound) {
        keepsake.json = json_of(&signal);
        put(kept, &keepsake);
    }
    arena_free(&arena);
}

void keepsakes_load(struct keepsakes **kept, const struct digest *state_id, struct span group_key,
                    struct unpacker *from)
{
    uint32_t count = unpack_u32(from);
    unpack_expect(from, count > 0 && count <= KEEPSAKES_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        load_one(made(kept), state_id, group_key, from);
    }
}

void keepsakes_free(struct keepsakes **kept)
{
    if (*kept) {
        drop_oldest(*kept, (*kept)->count);
        free((*kept)->items);
    }
    free(*kept);
    *kept = NULL;
}
