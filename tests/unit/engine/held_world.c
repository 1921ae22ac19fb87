/* held_world.c: records whose time is given by the second. */
#include "held_world.h"

#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct lookup_rows rows_of(struct arena *arena, const char *text)
{
    struct json_error error;
    struct value list;
    assert_int_equal(json_read(span_view(text), JSON_NUMBERS_DECIMAL, arena, &error, &list),
                     STATUS_OK);
    return (struct lookup_rows){list.list.items, list.list.count, held_start_us};
}

/* As a reload of the rows does it. */
void held_set_rows(struct fixture *fixture, const char *text)
{
    struct lookup_rows rows = rows_of(fixture->arena, text);
    lookup_set_unref(&fixture->lookups);
    fixture->lookups = lookup_set_from_rows(fixture->plan, &rows);
    engine_set_plan(fixture->engine, fixture->plan, fixture->lookups);
}

void held_begin(struct fixture *fixture, const char *policies)
{
    struct lookup_rows none = {.modified_us = held_start_us};
    fixture_init(fixture, policies, &none, 2);
}

void held_run_at(struct fixture *fixture, const char *id, const char *image, int64_t second)
{
    fixture_add(fixture, id, NULL, image, second * SECOND_MS);
    fixture_run(fixture);
}

void held_assert_signals(const struct fixture *fixture, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < fixture->batch.signal_count; i++) {
        enum signal_kind kind = fixture->batch.signals[i].kind;
        found += kind == SIGNAL_MATCH || kind == SIGNAL_NOT_EVALUABLE;
    }
    assert_int_equal(found, count);
}
