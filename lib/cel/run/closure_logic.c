/* closure_logic.c: && and ||, where the side that decides wins over an error on the other; not; and
 * the conditional. */
#include "cel/run/closure.h"

#include "cel/run/values.h"

struct logic_closure {
    struct closure base;
    const struct closure *left;
    const struct closure *right;
};

/* The deciding outcome wins over an error on either side; else the first error stands. */
static inline enum truth decide(const struct closure *closure, struct cel_frame *frame,
                                enum truth decider)
{
    const struct logic_closure *self = (const struct logic_closure *)closure;
    enum truth left = closure_truth(self->left, frame);
    if (left == decider) {
        return decider;
    }
    if (left != TRUTH_ERROR) {
        return closure_truth(self->right, frame);
    }
    struct value failure = frame->failure;
    steps_take(&frame->steps_left, CEL_FAILURE_STEPS);
    if (closure_truth(self->right, frame) == decider) {
        return decider;
    }
    return truth_failed(frame, &failure);
}

static enum truth and_truth(const struct closure *closure, struct cel_frame *frame)
{
    return decide(closure, frame, TRUTH_FALSE);
}

static enum truth or_truth(const struct closure *closure, struct cel_frame *frame)
{
    return decide(closure, frame, TRUTH_TRUE);
}

static enum truth not_truth(const struct closure *closure, struct cel_frame *frame)
{
    enum truth truth = closure_truth(((const struct logic_closure *)closure)->left, frame);
    return truth == TRUTH_ERROR ? truth : truth_of_bool(truth == TRUTH_FALSE);
}

/* What is not false, an error too, lets a loop go on. */
static enum truth not_strictly_false_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct logic_closure *self = (const struct logic_closure *)closure;
    return truth_of_bool(closure_truth(self->left, frame) != TRUTH_FALSE);
}

static struct closure *logic(struct arena *arena, closure_truth_fn truth,
                             const struct closure *left, const struct closure *right)
{
    struct logic_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = closure_value_from_truth;
    closure->base.truth = truth;
    closure->left = left;
    closure->right = right;
    return &closure->base;
}

struct closure *closure_and(struct arena *arena, const struct closure *left,
                            const struct closure *right)
{
    return logic(arena, and_truth, left, right);
}

struct closure *closure_or(struct arena *arena, const struct closure *left,
                           const struct closure *right)
{
    return logic(arena, or_truth, left, right);
}

struct closure *closure_not(struct arena *arena, const struct closure *operand)
{
    return logic(arena, not_truth, operand, NULL);
}

struct closure *closure_not_strictly_false(struct arena *arena, const struct closure *operand)
{
    return logic(arena, not_strictly_false_truth, operand, NULL);
}

/* --- condition ? then : otherwise --- */

struct choice_closure {
    struct closure base;
    const struct closure *condition;
    const struct closure *then;
    const struct closure *otherwise;
};

static const struct value *choice_value(const struct closure *closure, struct cel_frame *frame,
                                        struct value *room)
{
    const struct choice_closure *self = (const struct choice_closure *)closure;
    enum truth truth = closure_truth(self->condition, frame);
    if (truth == TRUTH_ERROR) {
        *room = frame->failure;
        return room;
    }
    return closure_value(truth == TRUTH_TRUE ? self->then : self->otherwise, frame, room);
}

static enum truth choice_truth(const struct closure *closure, struct cel_frame *frame)
{
    const struct choice_closure *self = (const struct choice_closure *)closure;
    enum truth truth = closure_truth(self->condition, frame);
    if (truth == TRUTH_ERROR) {
        return truth;
    }
    return closure_truth(truth == TRUTH_TRUE ? self->then : self->otherwise, frame);
}

struct closure *closure_choice(struct arena *arena, const struct closure *condition,
                               const struct closure *then, const struct closure *otherwise)
{
    struct choice_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = choice_value;
    closure->base.truth = choice_truth;
    closure->condition = condition;
    closure->then = then;
    closure->otherwise = otherwise;
    return &closure->base;
}
