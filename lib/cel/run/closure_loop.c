/* closure_loop.c: loops, exists and all, bindings, and lists that grow in place. */
#include "cel/run/closure.h"

#include "cel/run/values.h"

struct loop_closure {
    struct closure base;
    struct loop loop;
};

static bool is_iterable(const struct value *range)
{
    return value_is_list(range) || range->kind == VALUE_MAP;
}

/* One variable: elements or keys. Two: index and element, or key and value. */
static void set_variables(const struct loop *loop, const struct value *range, size_t i,
                          struct value *locals)
{
    if (range->kind == VALUE_MAP) {
        locals[loop->variable] = range->map.entries[i].key;
        if (loop->has_second) {
            locals[loop->second_variable] = range->map.entries[i].value;
        }
    } else if (loop->has_second) {
        locals[loop->variable] = value_int((int64_t)i);
        locals[loop->second_variable] = range->list.items[i];
    } else {
        locals[loop->variable] = range->list.items[i];
    }
    if (loop->exact_items) {
        locals[loop->exact_variable] = loop->exact_items[i];
    }
}

/* Through a room of its own: loops inside the expression may use the same local before. */
static void set_local(const struct closure *closure, struct cel_frame *frame, uint32_t local)
{
    struct value room;
    const struct value *value = closure_value(closure, frame, &room);
    frame->locals[local] = *value;
}

/* A copy of the result: a local may be used again before the caller reads it. */
static const struct value *keep_result(const struct closure *closure, struct cel_frame *frame,
                                       struct value *room)
{
    const struct value *value = closure_value(closure, frame, room);
    if (value != room) {
        *room = *value;
    }
    return room;
}

/* False when the budget of steps is used up. */
static bool iterate(const struct loop *loop, const struct value *range, struct cel_frame *frame)
{
    size_t count = value_count(range);
    struct value *locals = frame->locals;
    for (size_t i = 0; i < count; i++) {
        /* asked first: an iteration that does not happen is not paid */
        if (closure_truth(loop->condition, frame) == TRUTH_FALSE) {
            return true;
        }
        if (!steps_take(&frame->steps_left, loop->round_steps)) {
            return false;
        }
        set_variables(loop, range, i, locals);
        set_local(loop->step, frame, loop->accumulator);
    }
    return true;
}

static const struct value *loop_value(const struct closure *closure, struct cel_frame *frame,
                                      struct value *room)
{
    const struct loop *loop = &((const struct loop_closure *)closure)->loop;
    struct value range;
    if (keep_result(loop->range, frame, &range)->kind == VALUE_ERROR) {
        *room = range;
        return room;
    }
    if (!is_iterable(&range)) {
        *room = failure_no_overload("a loop", &range, 1, frame->scratch.arena);
        return room;
    }
    set_local(loop->initial, frame, loop->accumulator);
    if (!iterate(loop, &range, frame)) {
        *room = failure_limit();
        return room;
    }
    return keep_result(loop->result, frame, room);
}

struct closure *closure_loop(struct arena *arena, const struct loop *loop)
{
    struct loop_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = loop_value;
    closure->base.truth = closure_truth_from_value;
    closure->loop = *loop;
    return &closure->base;
}

/* --- exists and all --- */

struct quantifier_closure {
    struct closure base;
    struct loop loop;
    enum truth decider;
};

static enum truth decide(const struct quantifier_closure *self, const struct value *range,
                         struct cel_frame *frame)
{
    size_t count = value_count(range);
    bool failed = false;
    struct value failure;
    for (size_t i = 0; i < count; i++) {
        if (!steps_take(&frame->steps_left, self->loop.round_steps)) {
            frame->failure = failure_limit();
            return TRUTH_ERROR;
        }
        set_variables(&self->loop, range, i, frame->locals);
        enum truth truth = closure_truth(self->loop.step, frame);
        if (truth == self->decider) {
            return truth;
        }
        /* the first error counts, unless a later element decides */
        if (truth == TRUTH_ERROR && !failed) {
            failure = frame->failure;
            failed = true;
        }
        if (truth == TRUTH_ERROR) {
            steps_take(&frame->steps_left, CEL_FAILURE_STEPS);
        }
    }
    return failed ? truth_failed(frame, &failure) : truth_of_bool(self->decider == TRUTH_FALSE);
}

static enum truth quantifier_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct quantifier_closure *self = (const struct quantifier_closure *)closure;
    struct value range;
    if (!closure_store(self->loop.range, frame, &range)) {
        return truth_failed(frame, &range);
    }
    if (!is_iterable(&range)) {
        frame->failure = failure_no_overload("a loop", &range, 1, frame->scratch.arena);
        return TRUTH_ERROR;
    }
    return decide(self, &range, frame);
}

struct closure *closure_quantifier(struct arena *arena, const struct loop *loop, enum truth decider)
{
    struct quantifier_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = closure_value_from_truth;
    closure->base.truth = quantifier_truth;
    closure->loop = *loop;
    closure->decider = decider;
    return &closure->base;
}

/* --- variable = initial in body --- */

struct bind_closure {
    struct closure base;
    const struct closure *initial;
    const struct closure *body;
    uint32_t local;
};

static const struct value *bind_value(const struct closure *closure, struct cel_frame *frame,
                                      struct value *room)
{
    const struct bind_closure *self = (const struct bind_closure *)closure;
    set_local(self->initial, frame, self->local);
    return keep_result(self->body, frame, room);
}

struct closure *closure_bind(struct arena *arena, uint32_t local, const struct closure *initial,
                             const struct closure *body)
{
    struct bind_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = bind_value;
    closure->base.truth = closure_truth_from_value;
    closure->initial = initial;
    closure->body = body;
    closure->local = local;
    return &closure->base;
}

/* --- the steps of map, filter and transforms: accumulator + [element] --- */

struct append_closure {
    struct closure base;
    const struct closure *element;
    uint32_t accumulator;
};

enum { APPEND_CAPACITY_MIN = 4 };

/* Memory doubles at each power of two, which the count alone tells. Only the accumulator holds the
 * list, so that it may grow in place. */
static struct value *grown(const struct value_list *list, struct arena *arena)
{
    size_t count = list->count;
    bool full = count == 0 || (count >= APPEND_CAPACITY_MIN && (count & (count - 1)) == 0);
    struct value *items = (struct value *)(uintptr_t)list->items;
    if (full) {
        items = arena_array(arena, count ? count * 2 : APPEND_CAPACITY_MIN, sizeof *items);
        if (count) {
            memcpy(items, list->items, count * sizeof *items);
        }
    }
    return items;
}

static const struct value *append_value(const struct closure *closure, struct cel_frame *frame,
                                        struct value *room)
{
    const struct append_closure *self = (const struct append_closure *)closure;
    const struct value *list = &frame->locals[self->accumulator];
    if (list->kind == VALUE_ERROR || !closure_store(self->element, frame, room)) {
        return list->kind == VALUE_ERROR ? list : room;
    }
    struct value *items = grown(&list->list, frame->scratch.arena);
    items[list->list.count] = *room;
    *room = value_list_of(items, list->list.count + 1);
    return room;
}

struct closure *closure_append(struct arena *arena, uint32_t accumulator,
                               const struct closure *element)
{
    struct append_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = append_value;
    closure->base.truth = closure_truth_from_value;
    closure->element = element;
    closure->accumulator = accumulator;
    return &closure->base;
}
