/* closure_basic.c: constants, slots and loop variables, and the bridge between values and
 * truths. */
#include "cel/run/closure.h"

#include "cel/run/values.h"

enum truth truth_of_value(const struct value *value, struct cel_frame *frame)
{
    if (value->kind == VALUE_BOOL) {
        return truth_of_bool(value->boolean);
    }
    if (value->kind == VALUE_ERROR) {
        return truth_failed(frame, value);
    }
    struct value failure = value_failure(
        VALUE_ERROR_NO_OVERLOAD, arena_printf(frame->scratch.arena, "expected a bool, found %s",
                                              value_kind_name(value->kind)));
    return truth_failed(frame, &failure);
}

enum truth closure_truth_from_value(const struct closure *closure, struct cel_frame *frame)
{
    struct value room;
    return truth_of_value(closure->value(closure, frame, &room), frame);
}

const struct value *closure_value_from_truth(const struct closure *closure,
                                             struct cel_frame *frame, struct value *room)
{
    /* not made here: a value that is copied in wide words just after its members were written one
     * by one makes the processor wait, longer than the comparison took */
    static const struct value truths[] = {
        {.kind = VALUE_BOOL, .boolean = false},
        {.kind = VALUE_BOOL, .boolean = true},
    };
    enum truth truth = closure->truth(closure, frame);
    if (truth == TRUTH_ERROR) {
        *room = frame->failure;
        return room;
    }
    return &truths[truth == TRUTH_TRUE];
}

/* --- constants --- */

struct constant_closure {
    struct closure base;
    struct value value;
};

static const struct value *constant_value(const struct closure *closure, struct cel_frame *frame,
                                          struct value *room)
{
    (void)frame;
    (void)room;
    return &((const struct constant_closure *)closure)->value;
}

struct closure *closure_constant(struct arena *arena, const struct value *value)
{
    struct constant_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = constant_value;
    closure->base.truth = closure_truth_from_value;
    closure->base.constant = &closure->value;
    closure->value = *value;
    return &closure->base;
}

/* --- slots and loop variables --- */

struct numbered_closure {
    struct closure base;
    uint32_t number; /* of the slot or the local */
};

static const struct value *slot_value(const struct closure *closure, struct cel_frame *frame,
                                      struct value *room)
{
    (void)room;
    return frame_slot_view(frame, ((const struct numbered_closure *)closure)->number);
}

static const struct value *local_value(const struct closure *closure, struct cel_frame *frame,
                                       struct value *room)
{
    (void)room;
    return &frame->locals[((const struct numbered_closure *)closure)->number];
}

static struct closure *numbered(struct arena *arena, closure_value_fn value, uint32_t number)
{
    struct numbered_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = value;
    closure->base.truth = closure_truth_from_value;
    closure->number = number;
    return &closure->base;
}

struct closure *closure_slot(struct arena *arena, uint32_t slot)
{
    return numbered(arena, slot_value, slot);
}

struct closure *closure_local(struct arena *arena, uint32_t local)
{
    return numbered(arena, local_value, local);
}

bool closure_is_slot(const struct closure *closure, uint32_t *slot)
{
    if (closure->value != slot_value) {
        return false;
    }
    *slot = ((const struct numbered_closure *)closure)->number;
    return true;
}
