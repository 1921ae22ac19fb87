/* closure_in.c: membership; a constant list of texts is a hash table. */
#include "cel/run/closure.h"

#include "cel/run/values.h"

/* element in range: lists, sets, keys of maps. */
struct in_closure {
    struct closure base;
    const struct closure *element;
    const struct closure *range;
};

static enum truth in_refused(const struct operands *operands, struct cel_frame *frame)
{
    struct value arguments[2] = {*operands->left, *operands->right};
    frame->failure = failure_no_overload("in", arguments, 2, frame->scratch.arena);
    return TRUTH_ERROR;
}

static enum truth in_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct in_closure *self = (const struct in_closure *)closure;
    struct operands operands;
    operands_evaluate(self->element, self->range, frame, &operands);
    if (operands.left->kind == VALUE_ERROR) {
        return truth_failed(frame, operands.left);
    }
    if (operands.right->kind == VALUE_ERROR) {
        return truth_failed(frame, operands.right);
    }
    if (!value_is_list(operands.right) && operands.right->kind != VALUE_MAP) {
        return in_refused(&operands, frame);
    }
    bool found = value_contains(operands.right, operands.left, &frame->scratch);
    if (frame->steps_left == 0) {
        frame->failure = failure_limit();
        return TRUTH_ERROR;
    }
    return truth_of_bool(found);
}

/* --- element in ["a", "b", ...], all constant texts: a hash table --- */

struct in_texts_closure {
    struct closure base;
    const struct closure *element;
    struct span *table; /* open addressing; ptr NULL: free */
    size_t mask;
};

static struct span *texts_place(struct span *table, size_t mask, struct span text)
{
    size_t at = span_hash(text) & mask;
    while (table[at].ptr && !span_equals(table[at], text)) {
        at = (at + 1) & mask;
    }
    return &table[at];
}

static enum truth in_texts_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct in_texts_closure *self = (const struct in_texts_closure *)closure;
    struct value room;
    const struct value *element = closure_value(self->element, frame, &room);
    if (element->kind == VALUE_STRING) {
        return truth_of_bool(texts_place(self->table, self->mask, element->text)->ptr != NULL);
    }
    return element->kind == VALUE_ERROR ? truth_failed(frame, element) : TRUTH_FALSE;
}

static bool all_texts(const struct value *list)
{
    for (size_t i = 0; i < list->list.count; i++) {
        if (list->list.items[i].kind != VALUE_STRING) {
            return false;
        }
    }
    return true;
}

static struct closure *in_texts(struct arena *arena, const struct closure *element,
                                const struct value *list)
{
    struct in_texts_closure *closure = arena_alloc(arena, sizeof *closure);
    size_t capacity = 4;
    while (capacity < list->list.count * 2) {
        capacity *= 2;
    }
    closure->base.value = closure_value_from_truth;
    closure->base.truth = in_texts_truth;
    closure->element = element;
    closure->table = arena_array(arena, capacity, sizeof *closure->table);
    closure->mask = capacity - 1;
    for (size_t i = 0; i < list->list.count; i++) {
        struct span text = list->list.items[i].text;
        text.ptr = text.ptr ? text.ptr : "";
        *texts_place(closure->table, closure->mask, text) = text;
    }
    return &closure->base;
}

struct closure *closure_in_generic(struct arena *arena, const struct closure *element,
                                   const struct closure *range)
{
    struct in_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = closure_value_from_truth;
    closure->base.truth = in_truth;
    closure->element = element;
    closure->range = range;
    return &closure->base;
}

struct closure *closure_in(struct arena *arena, const struct closure *element,
                           const struct closure *range)
{
    const struct value *constant = range->constant;
    bool texts = constant && constant->kind == VALUE_LIST && all_texts(constant);
    return texts ? in_texts(arena, element, constant) : closure_in_generic(arena, element, range);
}
