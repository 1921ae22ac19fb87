/* state_list.c: one way to write a list; what is read must be written the same way. */
#include "model/state_list.h"

#include "base/buf.h"
#include "model/json_field.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

size_t state_list_sort(struct digest *states, size_t count)
{
    size_t kept = 0;
    if (count > 0) {
        qsort(states, count, sizeof *states, compare);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare(&states[kept - 1], &states[i]) != 0) {
            states[kept++] = states[i];
        }
    }
    return kept;
}

void state_list_write(struct state_list list, struct json_writer *writer)
{
    json_open_object(writer);
    json_key(writer, "states");
    json_open_array(writer);
    for (size_t i = 0; i < list.count; i++) {
        char hex[DIGEST_HEX_LENGTH + 1];
        digest_hex(&list.states[i], hex);
        json_write_string(writer, span_of(hex, DIGEST_HEX_LENGTH));
    }
    json_close_array(writer);
    json_close_object(writer);
}

static void read_states(struct json_scan *scan, struct digest *states, struct state_list *out)
{
    struct json_array array;
    if (!json_array_open(scan, &array, "states are a list")) {
        return;
    }
    while (json_array_next(scan, &array)) {
        struct digest state;
        if (out->count < STATE_LIST_MAX && json_field_digest(scan, &state)) {
            states[out->count++] = state;
        } else {
            (void)json_scan_fail(scan, "these are no states", scan->at);
        }
    }
}

static bool is_written_so(struct state_list list, struct span body)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    state_list_write(list, &writer);
    bool same = span_equals(buf_view(&text), body);
    buf_deinit(&text);
    return same;
}

static bool is_ascending(struct state_list list)
{
    for (size_t i = 1; i < list.count; i++) {
        if (compare(&list.states[i - 1], &list.states[i]) >= 0) {
            return false;
        }
    }
    return true;
}

enum status state_list_read(struct span body, struct arena *arena, struct state_list *out)
{
    struct json_scan scan;
    struct json_object object;
    struct span name;
    struct digest *states = arena_array(arena, STATE_LIST_MAX, sizeof *states);
    struct state_list list = {.states = states};
    json_scan_init(&scan, body, arena);
    if (json_object_open(&scan, &object, "a list of states is an object")) {
        while (json_object_next(&scan, &object, &name)) {
            read_states(&scan, states, &list);
        }
    }
    if (!json_scan_finish(&scan) || !is_ascending(list) || !is_written_so(list, body)) {
        return STATUS_INVALID;
    }
    *out = list;
    return STATUS_OK;
}

bool state_list_has(struct state_list list, const struct digest *state)
{
    return list.count > 0 &&
           bsearch(state, list.states, list.count, sizeof *list.states, compare) != NULL;
}
