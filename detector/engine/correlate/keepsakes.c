/* keepsakes.c: copies of signals, by time and place in the log. Most are never shown: only what is
 * saved is written as JSON. */
#include "engine/correlate/keepsakes.h"

#include "base/check.h"
#include "model/signal_json.h"

#include <stdlib.h>

struct keepsakes {
    struct signal **items; /* each with its texts in one piece of memory; owned */
    size_t count;
    size_t capacity;
    size_t bytes; /* of the pieces */
};

/* -- copies */

enum { TEXTS = 7 };

static void list_texts(struct signal *signal, struct span *list[TEXTS])
{
    struct span *all[TEXTS] = {&signal->policy_id, &signal->group_key,   &signal->severity,
                               &signal->source,    &signal->correlation, &signal->value,
                               &signal->body};
    memcpy(list, all, sizeof all);
}

/* Of a copy, with its texts. */
static size_t copy_bytes(const struct signal *signal)
{
    return sizeof *signal + signal->policy_id.len + signal->group_key.len +
           signal->severity.len + signal->source.len + signal->correlation.len +
           signal->value.len + signal->body.len;
}

/* Into memory of so many bytes. */
static struct signal *copy_to(void *memory, const struct signal *signal)
{
    struct signal *copy = memory;
    struct span *texts[TEXTS];
    char *end = (char *)(copy + 1);
    *copy = *signal;
    copy->inner = (struct span){0}; /* shows nothing */
    list_texts(copy, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i]->len > 0) {
            memcpy(end, texts[i]->ptr, texts[i]->len);
        }
        texts[i]->ptr = end;
        end += texts[i]->len;
    }
    return copy;
}

static struct signal *copied(const struct signal *signal)
{
    void *memory = malloc(copy_bytes(signal));
    if (!memory) {
        check_memory_exhausted(copy_bytes(signal));
    }
    return copy_to(memory, signal);
}

/* -- in order */

static bool comes_before(const struct signal *a, const struct signal *b)
{
    return a->event_time_us != b->event_time_us ? a->event_time_us < b->event_time_us
                                                : a->sequence < b->sequence;
}

static void drop(struct keepsakes *kept, struct signal *signal)
{
    kept->bytes -= copy_bytes(signal);
    free(signal);
}

static void drop_oldest(struct keepsakes *kept, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        drop(kept, kept->items[i]);
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
    struct signal **items = realloc(kept->items, capacity * sizeof *items);
    if (!items) {
        check_memory_exhausted(capacity * sizeof *items);
    }
    kept->items = items;
    kept->capacity = capacity;
}

static void put(struct keepsakes *kept, struct signal *signal)
{
    size_t place = kept->count;
    while (place > 0 && comes_before(signal, kept->items[place - 1])) {
        place--;
    }
    reserve(kept);
    memmove(&kept->items[place + 1], &kept->items[place],
            (kept->count - place) * sizeof *kept->items);
    kept->items[place] = signal;
    kept->count++;
    kept->bytes += copy_bytes(signal);
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
    put(made(kept), copied(signal));
}

void keepsakes_forget(struct keepsakes *kept, int64_t before_us)
{
    size_t count = 0;
    while (count + 1 < kept->count && kept->items[count]->event_time_us < before_us) {
        count++;
    }
    drop_oldest(kept, count);
}

void keepsakes_keep(struct keepsakes *kept, const void *memory,
                    bool (*may_show)(const void *memory, int64_t time_us, uint64_t sequence))
{
    size_t rest = 0;
    for (size_t i = 0; i < kept->count; i++) {
        struct signal *signal = kept->items[i];
        bool is_last = rest == 0 && i + 1 == kept->count;
        if (is_last || may_show(memory, signal->event_time_us, signal->sequence)) {
            kept->items[rest++] = signal;
        } else {
            drop(kept, signal);
        }
    }
    kept->count = rest;
}

struct signal keepsakes_find(const struct keepsakes *kept, int64_t time_us, uint64_t sequence,
                             struct arena *arena)
{
    const struct signal wanted = {.event_time_us = time_us, .sequence = sequence};
    size_t place = 0;
    while (place + 1 < kept->count && comes_before(kept->items[place], &wanted)) {
        place++;
    }
    const struct signal *found = kept->items[place];
    return *copy_to(arena_alloc(arena, copy_bytes(found)), found);
}

size_t keepsakes_bytes(const struct keepsakes *kept)
{
    /* not the room: a state taken up has less */
    return kept ? sizeof *kept + kept->count * sizeof *kept->items + kept->bytes : 0;
}

/* -- saving and loading */

static void write_text(const struct signal *signal, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    signal_write_json(signal, &writer);
}

void keepsakes_save(const struct keepsakes *kept, struct buf *out)
{
    struct buf text = {0};
    pack_u32(out, (uint32_t)kept->count);
    for (size_t i = 0; i < kept->count; i++) {
        buf_clear(&text);
        write_text(kept->items[i], &text);
        pack_u64(out, kept->items[i]->sequence);
        pack_text(out, buf_view(&text));
    }
    buf_deinit(&text);
}

/* The text is what signal_write_json makes of it. */
static bool is_canonical(const struct signal *signal, struct span text)
{
    struct buf again = {0};
    write_text(signal, &again);
    bool same = span_equals(buf_view(&again), text);
    buf_deinit(&again);
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
    signal.sequence = sequence;
    sound = sound &&
            (kept->count == 0 || !comes_before(&signal, kept->items[kept->count - 1]));
    unpack_expect(from, sound);
    if (sound) {
        put(kept, copied(&signal));
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
