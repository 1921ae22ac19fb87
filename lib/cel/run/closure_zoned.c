/* closure_zoned.c: getters of a timestamp in a constant zone. */
#include "cel/run/closure.h"

#include "cel/run/values.h"
#include "cel/library/zone.h"

/* time.getHours("Europe/Berlin"): the zone is constant, and read once. */
struct zoned_closure {
    struct closure base;
    const struct closure *time;
    const struct zone *zone;
    cel_function_fn getter; /* that takes its argument to be UTC */
};

static const struct value *zoned_value(const struct closure *closure, struct cel_frame *frame,
                                       struct value *room)
{
    const struct zoned_closure *self = (const struct zoned_closure *)closure;
    struct value time;
    if (!closure_store(self->time, frame, &time)) {
        *room = time;
        return room;
    }
    if (time.kind == VALUE_TIMESTAMP) {
        time.time.seconds += zone_offset(self->zone, time.time.seconds);
    }
    *room = self->getter(&time, 1, &frame->scratch);
    return room;
}

struct closure *closure_zoned(struct arena *arena, const struct closure *time,
                              const struct zone *zone, cel_function_fn getter)
{
    struct zoned_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = zoned_value;
    closure->base.truth = closure_truth_from_value;
    closure->time = time;
    closure->zone = zone;
    closure->getter = getter;
    return &closure->base;
}
