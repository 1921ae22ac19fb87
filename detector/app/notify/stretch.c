/* stretch.c: bounded in number and bytes, so that a sink that is away costs no memory. */
#include "app/notify/stretch.h"

#include "base/check.h"

void stretch_init(struct stretch *stretch)
{
    stretch->count = 0;
    stretch->arena = arena_new(0);
}

void stretch_deinit(struct stretch *stretch)
{
    arena_free(&stretch->arena);
}

void stretch_clear(struct stretch *stretch)
{
    stretch->count = 0;
    arena_reset(stretch->arena);
}

bool stretch_is_full(const struct stretch *stretch)
{
    return stretch->count == STRETCH_ALERTS_MAX ||
           arena_used(stretch->arena) >= STRETCH_BYTES_MAX;
}

enum status stretch_add(void *context, const struct alert *alert)
{
    struct stretch *stretch = context;
    check(!stretch_is_full(stretch));
    stretch->items[stretch->count++] = alert_copy(alert, stretch->arena);
    return stretch_is_full(stretch) ? STATUS_LIMIT : STATUS_OK;
}

enum status stretch_add_json(struct stretch *stretch, struct span text, const char **reason)
{
    struct json_error error = {0};
    check(!stretch_is_full(stretch));
    struct span copy = arena_copy(stretch->arena, text);
    enum status status =
        alert_read_json(copy, stretch->arena, &error, &stretch->items[stretch->count]);
    if (status != STATUS_OK) {
        *reason = error.reason;
        return status;
    }
    stretch->count++;
    return STATUS_OK;
}
