/* closure_compare.c: equality and order; the commonest shapes (attribute against text or number)
 * have ways of their own. */
#include "cel/run/closure.h"

#include "cel/run/values.h"

struct compare_closure {
    struct closure base;
    const struct closure *left;
    const struct closure *right;
    enum comparison comparison;
    bool exchanged;       /* the right side was written first */
    struct decimal exact; /* of the right side, where that is a number known beforehand */
};

static const char *comparison_text(enum comparison comparison)
{
    static const char *const texts[] = {
        [COMPARE_EQ] = "==", [COMPARE_NE] = "!=", [COMPARE_LT] = "<",
        [COMPARE_LE] = "<=", [COMPARE_GT] = ">",  [COMPARE_GE] = ">=",
    };
    return texts[comparison];
}

static bool is_equality(enum comparison comparison)
{
    return comparison == COMPARE_EQ || comparison == COMPARE_NE;
}

bool value_wants_exact(const struct value *value)
{
    if (value_is_list(value) && value->list.count > 0) {
        value = &value->list.items[0];
    }
    return value->kind == VALUE_DECIMAL;
}

/* A literal's double gives way to its text where the other side is decimal. */
static void take_exact(const struct closure *literal, const struct value **taken,
                       struct value *room, const struct value *other, struct cel_frame *frame)
{
    if (literal->exact && (*taken)->kind != VALUE_ERROR && value_wants_exact(other)) {
        *taken = closure_value(literal->exact, frame, room);
    }
}

void operands_evaluate(const struct closure *left, const struct closure *right,
                       struct cel_frame *frame, struct operands *operands)
{
    operands->left = closure_value(left, frame, &operands->left_room);
    operands->right = closure_value(right, frame, &operands->right_room);
    take_exact(left, &operands->left, &operands->left_room, operands->right, frame);
    take_exact(right, &operands->right, &operands->right_room, operands->left, frame);
}

bool closure_exact_number(const struct closure *closure, struct decimal *out)
{
    const struct closure *number = closure->exact ? closure->exact : closure;
    return closure->constant && number->constant && value_to_decimal(number->constant, out);
}

/* The operand that is an error, the left one first; NULL: none. */
static const struct value *operand_failure(const struct operands *operands)
{
    if (operands->left->kind == VALUE_ERROR) {
        return operands->left;
    }
    return operands->right->kind == VALUE_ERROR ? operands->right : NULL;
}

static enum truth out_of_steps(struct cel_frame *frame)
{
    frame->failure = failure_limit();
    return TRUTH_ERROR;
}

/* --- == and != --- */

static enum truth compare_equality(const struct compare_closure *self,
                                   const struct operands *operands, struct cel_frame *frame)
{
    const struct value *failure = operand_failure(operands);
    if (failure) {
        return truth_failed(frame, failure);
    }
    bool equal = values_equal(operands->left, operands->right, &frame->scratch);
    /* an answer that was cut short means nothing */
    if (frame->steps_left == 0) {
        return out_of_steps(frame);
    }
    return truth_of_bool(equal == (self->comparison == COMPARE_EQ));
}

static enum truth equality(const struct closure *closure, struct cel_frame *frame)
{
    const struct compare_closure *self = (const struct compare_closure *)closure;
    struct operands operands;
    operands_evaluate(self->left, self->right, frame, &operands);
    return compare_equality(self, &operands, frame);
}

/* The commonest condition of all: an attribute against a text. */
struct slot_text_closure {
    struct closure base;
    uint32_t slot;
    bool wanted; /* true: ==, false: != */
    struct span text;
};

static enum truth slot_text_equality(const struct closure *closure, struct cel_frame *frame)
{
    const struct slot_text_closure *self = (const struct slot_text_closure *)closure;
    const struct value *value = frame_slot_view(frame, self->slot);
    if (value->kind == VALUE_STRING) {
        bool equal = texts_equal(value->text, self->text, &frame->steps_left);
        return frame->steps_left ? truth_of_bool(equal == self->wanted) : out_of_steps(frame);
    }
    if (value->kind == VALUE_ERROR) {
        return truth_failed(frame, value);
    }
    /* unlike kinds differ, which is no error */
    return truth_of_bool(!self->wanted);
}

static struct closure *slot_text(struct arena *arena, uint32_t slot, const struct value *text,
                                 bool wanted)
{
    struct slot_text_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = closure_value_from_truth;
    closure->base.truth = slot_text_equality;
    closure->slot = slot;
    closure->wanted = wanted;
    closure->text = text->text;
    return &closure->base;
}

/* --- <, <=, >, >= --- */

static bool order_satisfies(enum value_order order, enum comparison comparison)
{
    switch (comparison) {
    case COMPARE_LT:
        return order == ORDER_LESS;
    case COMPARE_LE:
        return order == ORDER_LESS || order == ORDER_EQUAL;
    case COMPARE_GT:
        return order == ORDER_GREATER;
    case COMPARE_GE:
        return order == ORDER_GREATER || order == ORDER_EQUAL;
    case COMPARE_EQ:
        return order == ORDER_EQUAL;
    case COMPARE_NE:
        return order != ORDER_EQUAL;
    }
    return false;
}

static enum value_order order_of_comparison(int comparison)
{
    return comparison < 0 ? ORDER_LESS : comparison > 0 ? ORDER_GREATER : ORDER_EQUAL;
}

/* The same comparison with its sides exchanged. */
static enum comparison mirrored(enum comparison comparison)
{
    static const enum comparison mirror[] = {
        [COMPARE_EQ] = COMPARE_EQ, [COMPARE_NE] = COMPARE_NE, [COMPARE_LT] = COMPARE_GT,
        [COMPARE_LE] = COMPARE_GE, [COMPARE_GT] = COMPARE_LT, [COMPARE_GE] = COMPARE_LE,
    };
    return mirror[comparison];
}

/* Said as it was written. */
static enum truth ordering_refused(const struct compare_closure *self,
                                   const struct operands *operands, struct cel_frame *frame)
{
    struct value written[2] = {*operands->left, *operands->right};
    struct value exchanged[2] = {*operands->right, *operands->left};
    enum comparison comparison =
        self->exchanged ? mirrored(self->comparison) : self->comparison;
    frame->failure =
        failure_no_overload(comparison_text(comparison), self->exchanged ? exchanged : written, 2,
                            frame->scratch.arena);
    return TRUTH_ERROR;
}

static enum truth order_decimals(const struct compare_closure *self, struct decimal left,
                                 struct decimal right)
{
    int order = decimal_compare(left, right);
    return truth_of_bool(order_satisfies(order_of_comparison(order), self->comparison));
}

static enum truth order_values(const struct compare_closure *self, const struct operands *operands,
                               struct cel_frame *frame)
{
    const struct value *failure = operand_failure(operands);
    if (failure) {
        return truth_failed(frame, failure);
    }
    uint64_t steps = values_order_steps(operands->left, operands->right);
    if (steps > CEL_ORDER_STEPS && !steps_take(&frame->steps_left, steps)) {
        return out_of_steps(frame);
    }
    enum value_order order = values_order(operands->left, operands->right);
    if (order == ORDER_NO_OVERLOAD) {
        return ordering_refused(self, operands, frame);
    }
    return truth_of_bool(order_satisfies(order, self->comparison));
}

static enum truth ordering(const struct closure *closure, struct cel_frame *frame)
{
    const struct compare_closure *self = (const struct compare_closure *)closure;
    struct operands operands;
    operands_evaluate(self->left, self->right, frame, &operands);
    if (operands.left->kind == VALUE_DECIMAL && operands.right->kind == VALUE_DECIMAL) {
        return order_decimals(self, operands.left->decimal, operands.right->decimal);
    }
    return order_values(self, &operands, frame);
}

/* new.price > 500: the other side is a number known beforehand. */
static enum truth comparison_to_number(const struct closure *closure, struct cel_frame *frame)
{
    const struct compare_closure *self = (const struct compare_closure *)closure;
    struct operands operands;
    operands.left = closure_value(self->left, frame, &operands.left_room);
    if (operands.left->kind == VALUE_DECIMAL) {
        return order_decimals(self, operands.left->decimal, self->exact);
    }
    operands.right = closure_value(self->right, frame, &operands.right_room);
    take_exact(self->right, &operands.right, &operands.right_room, operands.left, frame);
    return is_equality(self->comparison) ? compare_equality(self, &operands, frame)
                                         : order_values(self, &operands, frame);
}

static struct compare_closure *compare(struct arena *arena, enum comparison comparison,
                                       const struct closure *left, const struct closure *right)
{
    struct compare_closure *closure = arena_alloc(arena, sizeof *closure);
    closure->base.value = closure_value_from_truth;
    closure->base.truth = is_equality(comparison) ? equality : ordering;
    closure->left = left;
    closure->right = right;
    closure->comparison = comparison;
    return closure;
}

static struct compare_closure *compare_to(struct arena *arena, enum comparison comparison,
                                          const struct closure *left, const struct closure *right)
{
    struct compare_closure *closure = compare(arena, comparison, left, right);
    if (closure_exact_number(right, &closure->exact)) {
        closure->base.truth = comparison_to_number;
    }
    return closure;
}

struct closure *closure_compare_generic(struct arena *arena, enum comparison comparison,
                                        const struct closure *left, const struct closure *right)
{
    return &compare(arena, comparison, left, right)->base;
}

struct closure *closure_compare(struct arena *arena, enum comparison comparison,
                                const struct closure *left, const struct closure *right)
{
    struct decimal number;
    uint32_t slot;
    if (is_equality(comparison) && right->constant && right->constant->kind == VALUE_STRING &&
        closure_is_slot(left, &slot)) {
        return slot_text(arena, slot, right->constant, comparison == COMPARE_EQ);
    }
    bool number_first = closure_exact_number(left, &number) && !right->constant;
    struct compare_closure *closure =
        number_first ? compare_to(arena, mirrored(comparison), right, left)
                     : compare_to(arena, comparison, left, right);
    closure->exchanged = number_first;
    return &closure->base;
}
