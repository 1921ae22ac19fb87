#include "source_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

int source_world_up(void **state)
{
    struct source_world *world = calloc(1, sizeof *world);
    temporary_init(&world->temporary);
    buf_append(&world->seen, SPAN(""));
    buf_append(&world->position, SPAN(""));
    *state = world;
    return 0;
}

static void source_world_close(struct source_world *world)
{
    if (world->source) {
        world->source->ops->free(world->source);
    }
    world->source = NULL;
}

int source_world_down(void **state)
{
    struct source_world *world = *state;
    source_world_close(world);
    buf_deinit(&world->seen);
    buf_deinit(&world->position);
    temporary_deinit(&world->temporary);
    free(world);
    return 0;
}

void source_world_forget(struct source_world *world)
{
    buf_clear(&world->seen);
    buf_append(&world->seen, SPAN(""));
    world->records = 0;
    world->blank = 0;
}

void source_world_make(struct source_world *world, const char *name, bool follow, size_t most)
{
    source_world_close(world);
    struct file_source_options options = {
        .name = SPAN("in"),
        .path = name ? temporary_path(&world->temporary, name) : SPAN("-"),
        .follow = follow,
        .record_bytes_max = most,
    };
    world->source = file_source_new(&options);
}

enum status source_world_resume(struct source_world *world)
{
    struct span position = buf_view(&world->position);
    struct source_memory memory = source_memory_of(&position);
    return world->source->ops->open(world->source, &memory);
}

enum status source_world_open(struct source_world *world, const char *name)
{
    source_world_make(world, name, false, 0);
    return source_world_resume(world);
}

bool source_world_says(struct source_world *world, const char *part)
{
    struct span text = world->source->ops->problem(world->source);
    return text.len > 0 && memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

void source_world_note(struct source_world *world, const struct source_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct source_record *record = &batch->records[i];
        struct span bytes = record->refused ? SPAN("refused") : record->bytes;
        if (world->seen.len < 4096) {
            buf_printf(&world->seen, "%" PRIu64 "/%" PRIu64 ":%.*s;", record->offset, record->line,
                       SPAN_ARG(bytes));
        }
    }
    world->records += batch->count;
    world->blank += batch->blank;
    assert_true(batch->position.len <= 512);
    buf_clear(&world->position);
    buf_append(&world->position, batch->position);
}

void source_world_read(struct source_world *world)
{
    struct source_batch batch;
    assert_int_equal(world->source->ops->read(world->source, 0, &batch), STATUS_OK);
    source_world_note(world, &batch);
}

enum status source_world_read_rest(struct source_world *world)
{
    struct source_batch batch;
    enum status status;
    while ((status = world->source->ops->read(world->source, 0, &batch)) == STATUS_OK) {
        source_world_note(world, &batch);
    }
    return status;
}

void source_world_expect(struct source_world *world, const char *expected)
{
    assert_string_equal(world->seen.ptr ? world->seen.ptr : "", expected);
}
