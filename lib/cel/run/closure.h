/* closure.h: the parts that programs are built of: a tree of specialised closures.
 * Private to lib/cel. Closures are immutable once built; every kind embeds struct closure first. */
#ifndef CEL_CLOSURE_H
#define CEL_CLOSURE_H

#include "cel/run/arithmetic.h"
#include "cel/run/frame.h"

/* An outcome that needs no value; for TRUTH_ERROR the frame's `failure` says why. */
enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_ERROR };

struct closure;

/* The closure's value: a view of something that outlives the evaluation (a slot, a constant, a loop
 * variable), or of *room, which the caller provides. Never NULL. */
typedef const struct value *(*closure_value_fn)(const struct closure *closure,
                                                struct cel_frame *frame, struct value *room);
typedef enum truth (*closure_truth_fn)(const struct closure *closure, struct cel_frame *frame);

struct closure {
    closure_value_fn value;
    closure_truth_fn truth;
    const struct value *constant; /* the value, when it never changes; else NULL */
    const struct closure *exact;  /* the same with number literals as decimals; NULL: no literals */
    bool attribute; /* of a record or from the host: its numbers are decimals, when it has any */
};

static inline const struct value *closure_value(const struct closure *closure,
                                                struct cel_frame *frame, struct value *room)
{
    return closure->value(closure, frame, room);
}

static inline enum truth closure_truth(const struct closure *closure, struct cel_frame *frame)
{
    return closure->truth(closure, frame);
}

/* Puts the closure's value into *into, wherever it was. False when it is an error. */
static inline bool closure_store(const struct closure *closure, struct cel_frame *frame,
                                 struct value *into)
{
    const struct value *value = closure->value(closure, frame, into);
    if (value != into) {
        *into = *value;
    }
    return into->kind != VALUE_ERROR;
}

static inline enum truth truth_of_bool(bool truth)
{
    return truth ? TRUTH_TRUE : TRUTH_FALSE;
}

static inline enum truth truth_failed(struct cel_frame *frame, const struct value *failure)
{
    frame->failure = *failure;
    return TRUTH_ERROR;
}

/* A value as a truth: anything but a bool is an error. */
enum truth truth_of_value(const struct value *value, struct cel_frame *frame);
/* For kinds of closure that have only one of the two ways. */
enum truth closure_truth_from_value(const struct closure *closure, struct cel_frame *frame);
const struct value *closure_value_from_truth(const struct closure *closure, struct cel_frame *frame,
                                          struct value *room);

/* Constructors. Everything lives in `arena`; children must outlive the closure. Where there are
 * two, *_generic takes the way for all kinds of operands, and the other one looks for a shape that
 * has a faster way. */

/* closure_basic.c */
struct closure *closure_constant(struct arena *arena, const struct value *value);
struct closure *closure_slot(struct arena *arena, uint32_t slot);
struct closure *closure_local(struct arena *arena, uint32_t local);
/* `index` of a slot closure, a local closure; false for others. */
bool closure_is_slot(const struct closure *closure, uint32_t *slot);

/* closure_select.c: target.name, has(target.name), target.?name */
enum select_mode { SELECT_PLAIN, SELECT_TEST, SELECT_OPTIONAL };
struct closure *closure_select(struct arena *arena, const struct closure *target, struct span name,
                               enum select_mode mode);
/* The same for a member of a record that is a slot of its own (PLAIN: see closure_slot). */
struct closure *closure_slot_test(struct arena *arena, uint32_t slot, enum select_mode mode);
struct closure *closure_index(struct arena *arena, const struct closure *target,
                              const struct closure *key, bool optional);
struct closure *closure_index_generic(struct arena *arena, const struct closure *target,
                                      const struct closure *key, bool optional);

/* closure_logic.c */
struct closure *closure_and(struct arena *arena, const struct closure *left,
                            const struct closure *right);
struct closure *closure_or(struct arena *arena, const struct closure *left,
                           const struct closure *right);
struct closure *closure_not(struct arena *arena, const struct closure *operand);
struct closure *closure_not_strictly_false(struct arena *arena, const struct closure *operand);
struct closure *closure_choice(struct arena *arena, const struct closure *condition,
                         const struct closure *then, const struct closure *otherwise);

/* closure_call.c: a function of the library or of the host over evaluated arguments. */
struct closure *closure_library_call(struct arena *arena, cel_function_fn run,
                               const struct closure *const *arguments, size_t count);
struct closure *closure_host_call(struct arena *arena, uint32_t host_call,
                            const struct closure *const *arguments, size_t count);

/* closure_matches.c */
struct regex;
struct closure *closure_matches(struct arena *arena, const struct closure *text,
                                const struct regex *regex);

/* closure_pattern.c: a function of the library with a constant pattern, of which
 * library_regex_compiled knows. arguments[1] is the pattern, constant. */
struct closure *closure_pattern(struct arena *arena, const struct regex *regex,
                                cel_function_fn function,
                                const struct closure *const *arguments, size_t count);

/* closure_text.c: startsWith and endsWith of a constant; NULL for other functions. */
struct closure *closure_text_test(struct arena *arena, cel_function_fn run,
                                  const struct closure *text, const struct value *part);

/* closure_zoned.c: a getter of a timestamp in a constant zone */
struct zone;
struct closure *closure_zoned(struct arena *arena, const struct closure *time,
                              const struct zone *zone, cel_function_fn getter);

/* closure_compare.c: ==, !=, <, <=, >, >=; closure_in.c */
enum comparison { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };
struct closure *closure_compare(struct arena *arena, enum comparison comparison,
                                const struct closure *left, const struct closure *right);
struct closure *closure_compare_generic(struct arena *arena, enum comparison comparison,
                                        const struct closure *left, const struct closure *right);
struct closure *closure_in(struct arena *arena, const struct closure *element,
                           const struct closure *range);
struct closure *closure_in_generic(struct arena *arena, const struct closure *element,
                                   const struct closure *range);

/* closure_arithmetic.c */
struct closure *closure_arithmetic(struct arena *arena, enum arithmetic operation,
                             const struct closure *left, const struct closure *right);
/* The same for operands of any kind, by the generic way. */
struct closure *closure_arithmetic_generic(struct arena *arena, enum arithmetic operation,
                                           const struct closure *left,
                                           const struct closure *right);

/* closure_collect.c: list and map literals. optional_flags may be NULL. */
struct closure *closure_list(struct arena *arena, const struct closure *const *items, size_t count,
                       const bool *optional_flags);
struct closure *closure_map(struct arena *arena, const struct closure *const *keys_and_values,
                      size_t entry_count, const bool *optional_flags);

/* closure_loop.c */
struct loop {
    const struct closure *range;
    const struct closure *initial;
    const struct closure *condition;
    const struct closure *step;
    const struct closure *result;
    uint32_t variable; /* locals */
    uint32_t second_variable;
    uint32_t accumulator;
    bool has_second;
    const struct value *exact_items; /* of a constant list of literals, as decimals; NULL: others */
    uint32_t exact_variable;
    uint32_t round_steps; /* what one round counts */
};
/* A comprehension as the specification defines it; *loop is copied. The locals get their values
 * anew with each run. */
struct closure *closure_loop(struct arena *arena, const struct loop *loop);
/* exists (decider: true) and all (false): the predicate for each element until one decides; errors
 * are forgiven when one does. Of the loop: range, variables; the step is the predicate. */
struct closure *closure_quantifier(struct arena *arena, const struct loop *loop,
                                   enum truth decider);
struct closure *closure_bind(struct arena *arena, uint32_t local, const struct closure *initial,
                             const struct closure *body);
/* accumulator + [element], in place: nothing else may hold the accumulator's list. */
struct closure *closure_append(struct arena *arena, uint32_t accumulator,
                               const struct closure *element);

/* closure_memo.c: the same, kept under a number for as long as the event. */
struct closure *closure_memo(struct arena *arena, const struct closure *inner, uint32_t memo);

/* The operands of a binary operator, evaluated, with literals as decimals where the other side is
 * decimal. */
struct operands {
    struct value left_room;
    struct value right_room;
    const struct value *left;
    const struct value *right;
};
/* Evaluates left, then right, both always. The results are views of the rooms or of what outlives
 * the evaluation: *operands must not be moved while they are in use. */
void operands_evaluate(const struct closure *left, const struct closure *right,
                       struct cel_frame *frame, struct operands *operands);
/* A number known beforehand that is exact as a decimal: an int, a uint, a literal. What fails
 * without its literals as decimals (0.9 % 8) is none. */
bool closure_exact_number(const struct closure *closure, struct decimal *out);
/* Whether a number literal that meets this value is to be taken as decimal. */
bool value_wants_exact(const struct value *value);

#endif
