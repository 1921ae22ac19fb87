/* eventbridge_sink.c: the bus, and the functions that aws_sink needs for it. */
#include "eventbridge/eventbridge_sink.h"

#include "base/check.h"
#include "eventbridge/eventbridge_entry.h"

#include <stdlib.h>

struct bus {
    struct buf name;
    struct buf source;
};

static const void *render(void *context, const struct alert *alert, struct arena *arena,
                          size_t *size_bytes)
{
    const struct bus *bus = context;
    const struct eventbridge_target target = {buf_view(&bus->name), buf_view(&bus->source)};
    struct span *entry = arena_alloc(arena, sizeof *entry);
    *entry = eventbridge_entry_render(&target, alert, arena);
    *size_bytes = entry->len + 1; /* and a comma */
    return entry;
}

static const char *write_request(void *context, const void *const *entries, size_t count,
                                 struct buf *body)
{
    struct span texts[SINK_ANSWERS_MAX];
    (void)context;
    for (size_t i = 0; i < count; i++) {
        texts[i] = *(const struct span *)entries[i];
    }
    eventbridge_entry_write(texts, count, body);
    return "PutEvents";
}

static bool read_answer(void *context, struct span body, size_t count, struct arena *arena,
                        struct aws_entry_result *results)
{
    (void)context;
    return eventbridge_entry_read(body, count, arena, results);
}

static void free_bus(void *context)
{
    struct bus *bus = context;
    buf_deinit(&bus->name);
    buf_deinit(&bus->source);
    free(bus);
}

struct sink *eventbridge_sink_new(struct span name, struct span bus_name, struct span source,
                                  struct aws_client *client)
{
    static const struct aws_sink_face face = {
        .service = AWS_EVENTBRIDGE,
        .bytes_max = EVENTBRIDGE_BYTES_MAX,
        .render = render,
        .write = write_request,
        .read = read_answer,
        .free = free_bus,
    };
    struct bus *bus = calloc(1, sizeof *bus);
    if (!bus) {
        check_memory_exhausted(sizeof *bus);
    }
    buf_append(&bus->name, bus_name);
    buf_append(&bus->source, source);
    return aws_sink_new(name, &face, bus, client);
}
