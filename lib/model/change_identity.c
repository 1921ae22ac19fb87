/* What makes a change the same change: its item's key, and a hash over all that it says. */
#include "base/check.h"
#include "model/attribute.h"

#include <stdlib.h>

static int compare_entries(const void *a, const void *b)
{
    const struct value_entry *left = a;
    const struct value_entry *right = b;
    return span_compare(left->key.text, right->key.text);
}

/* The entries of a map by name. */
static struct value_map sorted_map(struct value_map map, struct arena *arena)
{
    struct value_entry *entries = arena_array(arena, map.count, sizeof *entries);
    if (map.count) {
        memcpy(entries, map.entries, map.count * sizeof *entries);
        qsort(entries, map.count, sizeof *entries, compare_entries);
    }
    return (struct value_map){entries, map.count};
}

/* Order of the elements of one set, which are of one kind. */
static int compare_elements(const void *a, const void *b)
{
    const struct value *left = a;
    const struct value *right = b;
    if (left->kind == VALUE_DECIMAL) {
        return decimal_compare(left->decimal, right->decimal);
    }
    return span_compare(left->text, right->text);
}

static struct value_list sorted_set(struct value_list set, struct arena *arena)
{
    struct value *items = arena_array(arena, set.count, sizeof *items);
    if (set.count) {
        memcpy(items, set.items, set.count * sizeof *items);
        qsort(items, set.count, sizeof *items, compare_elements);
    }
    return (struct value_list){items, set.count};
}

/* Room for every byte written as \u00xx, and for what stands between. */
static size_t key_bytes_max(const struct value_map *map)
{
    size_t size = 2;
    for (size_t i = 0; i < map->count; i++) {
        const struct value *value = &map->entries[i].value;
        size_t length = value->kind == VALUE_DECIMAL ? DECIMAL_TEXT_SIZE : value->text.len;
        size += 6 * (map->entries[i].key.text.len + length) + sizeof "\"\":\"\",";
    }
    return size + 1;
}

struct span change_item_key(const struct change *change, struct arena *arena)
{
    struct value value = image_value(&change->keys, arena);
    if (value.kind != VALUE_MAP) {
        return SPAN("{}");
    }
    struct value_map keys = sorted_map(value.map, arena);
    size_t capacity = key_bytes_max(&keys);
    char *text = arena_alloc(arena, capacity);
    struct buf out = {.ptr = text, .capacity = capacity};
    struct json_writer writer = json_writer_to(&out);
    json_open_object(&writer);
    for (size_t i = 0; i < keys.count; i++) {
        json_key_span(&writer, keys.entries[i].key.text);
        value_write_json(&keys.entries[i].value, &writer);
    }
    json_close_object(&writer);
    check(out.ptr == text); /* it never outgrew the arena's memory */
    return buf_view(&out);
}

static void digest_value(struct digest_state *state, const struct value *value,
                         struct arena *arena);

static void digest_map(struct digest_state *state, struct value_map map, struct arena *arena)
{
    struct value_map sorted = sorted_map(map, arena);
    digest_field(state, SPAN("M"));
    digest_field_number(state, sorted.count);
    for (size_t i = 0; i < sorted.count; i++) {
        digest_field(state, sorted.entries[i].key.text);
        digest_value(state, &sorted.entries[i].value, arena);
    }
}

static void digest_list(struct digest_state *state, struct span tag, struct value_list list,
                        struct arena *arena)
{
    digest_field(state, tag);
    digest_field_number(state, list.count);
    for (size_t i = 0; i < list.count; i++) {
        digest_value(state, &list.items[i], arena);
    }
}

static void digest_text(struct digest_state *state, struct span tag, struct span text)
{
    digest_field(state, tag);
    digest_field(state, text);
}

/* The type, then the value in the one form that equal values share. */
static void digest_value(struct digest_state *state, const struct value *value, struct arena *arena)
{
    char number[DECIMAL_TEXT_SIZE];
    if (value->kind == VALUE_MAP) {
        digest_map(state, value->map, arena);
    } else if (value->kind == VALUE_LIST) {
        digest_list(state, SPAN("L"), value->list, arena);
    } else if (value->kind == VALUE_SET) {
        digest_list(state, SPAN("SET"), sorted_set(value->list, arena), arena);
    } else if (value->kind == VALUE_STRING) {
        digest_text(state, SPAN("S"), value->text);
    } else if (value->kind == VALUE_BYTES) {
        digest_text(state, SPAN("B"), value->text);
    } else if (value->kind == VALUE_DECIMAL) {
        digest_text(state, SPAN("N"), decimal_format(value->decimal, number));
    } else if (value->kind == VALUE_BOOL) {
        digest_text(state, SPAN("BOOL"), value->boolean ? SPAN("1") : SPAN("0"));
    } else {
        check(value->kind == VALUE_NULL);
        digest_field(state, SPAN("NULL"));
    }
}

static void digest_image(struct digest_state *state, const struct image *image, struct arena *arena)
{
    digest_field_number(state, image->present);
    if (image->present) {
        struct value value = image_value(image, arena);
        digest_map(state, value.map, arena);
    }
}

/* CloudTrail names each event; a record without a name is told by its whole text. */
static struct digest call_id(const struct change *change)
{
    struct digest_state state;
    digest_init(&state);
    digest_field(&state, SPAN("api_call"));
    digest_field(&state, change->region);
    digest_field(&state, change->account);
    digest_field(&state, change->event_id);
    digest_field(&state, change->event_id.len ? SPAN("") : change->raw);
    return digest_finish(&state);
}

struct digest change_id(const struct change *change, struct arena *arena)
{
    struct digest_state state;
    if (change->call) {
        return call_id(change);
    }
    digest_init(&state);
    digest_field(&state, change->region);
    digest_field(&state, change->account);
    digest_field(&state, change->table);
    digest_field(&state, change_item_key(change, arena));
    digest_field(&state, change->created);
    digest_field(&state, change_op_name(change->op));
    digest_image(&state, &change->old_image, arena);
    digest_image(&state, &change->new_image, arena);
    return digest_finish(&state);
}
