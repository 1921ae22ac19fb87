/* closure_in.c: membership; a constant range of some size is a hash table. */
#include "cel/run/closure.h"

#include "cel/run/constant_set.h"
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

/* --- element in ["a", "b"]: a few constant texts --- */

/* Where the budget is used up, what was found means nothing. */
static enum truth unless_out_of_steps(enum truth truth, struct cel_frame *frame)
{
    if (frame->steps_left > 0) {
        return truth;
    }
    frame->failure = failure_limit();
    return TRUTH_ERROR;
}

struct in_texts_closure {
    struct closure base;
    const struct closure *element;
    size_t count;
    struct span texts[];
};

static enum truth in_texts_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct in_texts_closure *self = (const struct in_texts_closure *)closure;
    struct value room;
    const struct value *element = closure_value(self->element, frame, &room);
    if (element->kind != VALUE_STRING) {
        return element->kind == VALUE_ERROR ? truth_failed(frame, element) : TRUTH_FALSE;
    }
    for (size_t i = 0; i < self->count; i++) {
        if (texts_equal(element->text, self->texts[i], &frame->steps_left)) {
            return TRUTH_TRUE;
        }
    }
    return unless_out_of_steps(TRUTH_FALSE, frame);
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
    size_t count = list->list.count;
    struct in_texts_closure *closure =
        arena_alloc(arena, sizeof *closure + count * sizeof *closure->texts);
    closure->base.value = closure_value_from_truth;
    closure->base.truth = in_texts_truth;
    closure->element = element;
    closure->count = count;
    for (size_t i = 0; i < count; i++) {
        closure->texts[i] = list->list.items[i].text;
    }
    return &closure->base;
}

/* --- element in a constant range: a hash table, and one for its literals as decimals --- */

struct in_set_closure {
    struct closure base;
    const struct closure *element;
    const struct constant_set *set;
    const struct constant_set *exact_set; /* for elements that are decimal; NULL: the same */
    bool wants_exact; /* a literal as element is decimal here */
};

static enum truth in_set_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct in_set_closure *self = (const struct in_set_closure *)closure;
    struct value room;
    size_t position;
    const struct value *element = closure_value(self->element, frame, &room);
    if (element->kind == VALUE_ERROR) {
        return truth_failed(frame, element);
    }
    if (self->wants_exact && self->element->exact) {
        element = closure_value(self->element->exact, frame, &room);
    }
    bool exact = self->exact_set && value_wants_exact(element);
    bool found = constant_set_find(exact ? self->exact_set : self->set, element, &frame->scratch,
                                   &position);
    if (frame->steps_left == 0) {
        frame->failure = failure_limit();
        return TRUTH_ERROR;
    }
    return truth_of_bool(found);
}

static struct closure *in_set(struct arena *arena, const struct closure *element,
                              const struct closure *range)
{
    struct in_set_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = closure_value_from_truth;
    closure->base.truth = in_set_truth;
    closure->element = element;
    closure->set = constant_set_new(arena, range->constant);
    if (range->exact) {
        closure->exact_set = constant_set_new(arena, range->exact->constant);
    }
    closure->wants_exact = value_wants_exact(range->constant);
    return &closure->base;
}

struct closure *closure_in(struct arena *arena, const struct closure *element,
                           const struct closure *range)
{
    const struct value *constant = range->constant;
    bool usable = constant && (value_is_list(constant) || constant->kind == VALUE_MAP) &&
                  (!range->exact || range->exact->constant);
    if (usable && value_count(constant) >= CONSTANT_SET_MIN) {
        return in_set(arena, element, range);
    }
    bool texts = usable && value_is_list(constant) && all_texts(constant);
    return texts ? in_texts(arena, element, constant) : closure_in_generic(arena, element, range);
}
