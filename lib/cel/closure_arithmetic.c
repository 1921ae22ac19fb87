#include "cel/closure.h"

#include "cel/arithmetic.h"

/* Decimals are what conditions mostly compute with; all else goes the general way. */
struct arithmetic_closure {
    struct closure base;
    const struct closure *left;
    const struct closure *right;
    enum arithmetic operation;
};

static const struct value *arithmetic_value(const struct closure *closure, struct cel_frame *frame,
                                            struct value *room)
{
    const struct arithmetic_closure *self = (const struct arithmetic_closure *)closure;
    struct operands operands;
    operands_evaluate(self->left, self->right, frame, &operands);
    if (operands.left->kind == VALUE_ERROR || operands.right->kind == VALUE_ERROR) {
        *room = operands.left->kind == VALUE_ERROR ? *operands.left : *operands.right;
    } else {
        *room = arithmetic_apply(self->operation, operands.left, operands.right, &frame->scratch);
    }
    return room;
}

struct closure *closure_arithmetic(struct arena *arena, enum arithmetic operation,
                                   const struct closure *left, const struct closure *right)
{
    struct arithmetic_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = arithmetic_value;
    closure->base.truth = closure_truth_from_value;
    closure->left = left;
    closure->right = right;
    closure->operation = operation;
    return &closure->base;
}
