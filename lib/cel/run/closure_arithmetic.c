/* closure_arithmetic.c: + - * / %, with a short way for decimals. */
#include "cel/run/closure.h"

#include "cel/run/arithmetic.h"

/* Decimals are what conditions mostly compute with; all else goes the general way. */
struct arithmetic_closure {
    struct closure base;
    const struct closure *left;
    const struct closure *right;
    enum arithmetic operation;
    struct decimal exact; /* of the right side, where that is a number known beforehand */
};

static struct value apply(const struct arithmetic_closure *self, const struct operands *operands,
                          struct cel_frame *frame)
{
    if (operands->left->kind == VALUE_ERROR) {
        return *operands->left;
    }
    if (operands->right->kind == VALUE_ERROR) {
        return *operands->right;
    }
    return arithmetic_apply(self->operation, operands->left, operands->right, &frame->scratch);
}

static const struct value *arithmetic_value(const struct closure *closure, struct cel_frame *frame,
                                            struct value *room)
{
    const struct arithmetic_closure *self = (const struct arithmetic_closure *)closure;
    struct operands operands;
    operands_evaluate(self->left, self->right, frame, &operands);
    *room = apply(self, &operands, frame);
    return room;
}

/* old.price * 0.9: the literal's exact value is at hand. */
static const struct value *arithmetic_with_number(const struct closure *closure,
                                                  struct cel_frame *frame, struct value *room)
{
    const struct arithmetic_closure *self = (const struct arithmetic_closure *)closure;
    struct operands operands;
    operands.left = closure_value(self->left, frame, &operands.left_room);
    if (operands.left->kind == VALUE_DECIMAL) {
        arithmetic_decimals(self->operation, operands.left->decimal, self->exact, room);
        frame->scratch.rounded |= room->kind == VALUE_DECIMAL && room->decimal.rounded;
        return room;
    }
    operands.right = closure_value(self->right, frame, &operands.right_room);
    *room = apply(self, &operands, frame);
    return room;
}

static struct arithmetic_closure *arithmetic(struct arena *arena, enum arithmetic operation,
                                             const struct closure *left,
                                             const struct closure *right)
{
    struct arithmetic_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = arithmetic_value;
    closure->base.truth = closure_truth_from_value;
    closure->left = left;
    closure->right = right;
    closure->operation = operation;
    return closure;
}

struct closure *closure_arithmetic_generic(struct arena *arena, enum arithmetic operation,
                                           const struct closure *left,
                                           const struct closure *right)
{
    return &arithmetic(arena, operation, left, right)->base;
}

struct closure *closure_arithmetic(struct arena *arena, enum arithmetic operation,
                                   const struct closure *left, const struct closure *right)
{
    struct arithmetic_closure *closure = arithmetic(arena, operation, left, right);
    if (closure_exact_number(right, &closure->exact)) {
        closure->base.value = arithmetic_with_number;
    }
    return &closure->base;
}
