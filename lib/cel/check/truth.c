/* truth.c: judges conditions from the leaves up; of a chain of && or || also whether two of its
 * parts exclude each other. */
#include "cel/check/truth.h"

#include "base/diag.h"
#include "cel/check/atom.h"
#include "cel/check/extent.h"
#include "cel/check/result_range.h"
#include "cel/check/type_match.h"
#include "cel/env_internal.h"
#include "cel/node.h"

enum {
    CHAIN_ATOMS_MAX = 32,       /* parts of one && or || that are compared with each other */
    CORRECTED_LENGTH_MAX = 160, /* of longer expressions the hint is the corrected part */
};

struct judge {
    const struct cel_env *env;
    struct span text;
    struct arena *arena;
    struct cel_issues *issues;
};

static const struct cel_truth EITHER = {true, true};
static const struct cel_truth NEVER = {false, true};
static const struct cel_truth ALWAYS = {true, false};

static struct cel_truth judge(const struct judge *self, const struct cel_node *node);

static struct cel_truth opposite(struct cel_truth truth)
{
    return (struct cel_truth){truth.may_be_false, truth.may_be_true};
}

static bool is_fixed(struct cel_truth truth)
{
    return truth.may_be_true != truth.may_be_false;
}

/* Warns that a comparison always ends in the same way, and gives that end. */
static struct cel_truth fixed(const struct judge *self, const struct cel_node *node, bool never,
                              struct span hint, struct span why)
{
    cel_issue_warn(self->issues, never ? CEL_WARNING_NEVER_TRUE : CEL_WARNING_ALWAYS_TRUE,
                   node->offset, node->length, hint, "this is %s true: %.*s",
                   never ? "never" : "always", SPAN_ARG(why));
    return never ? NEVER : ALWAYS;
}

/* --- what a variable can be --- */

static const struct cel_values *values_of(const struct judge *self, const struct cel_node *node)
{
    const struct cel_declaration *declaration =
        node->kind == CEL_NODE_IDENT && node->resolved.len
            ? cel_env_find(self->env, node->resolved)
            : NULL;
    return declaration && declaration->kind == CEL_DECLARATION_VARIABLE
               ? cel_env_values(self->env, declaration->root)
               : NULL;
}

static bool is_text(const struct cel_node *node)
{
    return node->kind == CEL_NODE_CONSTANT && node->constant.kind == VALUE_STRING;
}

static bool is_value(const struct cel_values *values, struct span text)
{
    for (size_t i = 0; i < values->count; i++) {
        if (span_equals(values->items[i], text)) {
            return true;
        }
    }
    return false;
}

/* "INSERT, MODIFY or REMOVE" */
static struct span values_text(const struct judge *self, const struct cel_values *values)
{
    struct span text = SPAN("");
    for (size_t i = 0; i < values->count; i++) {
        const char *between = i == 0 ? "" : i + 1 == values->count ? " or " : ", ";
        text = arena_printf(self->arena, "%.*s%s%.*s", SPAN_ARG(text), between,
                            SPAN_ARG(values->items[i]));
    }
    return text;
}

/* The value that was meant, in other case or with letters wrong; empty when none is near. */
static struct span meant(const struct cel_values *values, struct span text)
{
    for (size_t i = 0; i < values->count; i++) {
        if (span_equals_nocase(values->items[i], text)) {
            return values->items[i];
        }
    }
    return diag_nearest(text, values->items, values->count);
}

/* The whole text with another literal in the place of this one; empty when there is none. */
static struct span with_literal(const struct judge *self, const struct cel_node *literal,
                                struct span text)
{
    struct cel_extent extent = {literal->offset, (size_t)literal->offset + literal->length};
    struct span quoted = arena_printf(self->arena, "'%.*s'", SPAN_ARG(text));
    if (text.len == 0 || self->text.len > CORRECTED_LENGTH_MAX) {
        return text.len ? arena_printf(self->arena, "write %.*s", SPAN_ARG(quoted)) : text;
    }
    return span_trim(cel_extent_replace(self->text, extent, quoted, self->arena));
}

static struct span why_no_value(const struct judge *self, const struct cel_node *variable,
                                const struct cel_values *values)
{
    struct span list = values_text(self, values);
    struct span reason = values->reason;
    return arena_printf(self->arena, "%.*s is %.*s%s%.*s%s", SPAN_ARG(variable->name),
                        SPAN_ARG(list), reason.len ? " (" : "", SPAN_ARG(reason),
                        reason.len ? ")" : "");
}

/* op == 'DELETE' */
static struct cel_truth judge_value(const struct judge *self, const struct cel_atom *atom)
{
    const struct cel_values *values = values_of(self, atom->subject);
    bool equal = atom->relation == CEL_RELATION_EQUAL;
    if (!values || !is_text(atom->literal) || is_value(values, atom->literal->constant.text) ||
        (!equal && (atom->relation != CEL_RELATION_UNEQUAL || values->reason.len))) {
        return EITHER;
    }
    struct span near = meant(values, atom->literal->constant.text);
    return fixed(self, atom->at, equal, with_literal(self, atom->literal, near),
                 why_no_value(self, atom->subject, values));
}

/* --- numbers of a range --- */

/* -1 below all of the range, 1 above all, 0 inside or not known. */
static int side_of(const struct cel_range *range, const struct cel_node *literal)
{
    if (literal->constant.kind == VALUE_INT) {
        return literal->constant.integer < range->min   ? -1
               : literal->constant.integer > range->max ? 1
                                                        : 0;
    }
    if (literal->constant.kind == VALUE_UINT) {
        return literal->constant.unsigned_integer > (uint64_t)range->max ? 1 : 0;
    }
    return 0;
}

/* At an end of the range: size(x) < 0, size(x) >= 0. */
static struct cel_truth truth_at_end(const struct cel_range *range, const struct cel_atom *atom)
{
    bool integer = atom->literal->constant.kind == VALUE_INT;
    bool lowest = integer && atom->literal->constant.integer == range->min;
    bool highest = integer && range->max != INT64_MAX &&
                   atom->literal->constant.integer == range->max;
    if ((lowest && atom->relation == CEL_RELATION_LESS) ||
        (highest && atom->relation == CEL_RELATION_GREATER)) {
        return NEVER;
    }
    if ((lowest && atom->relation == CEL_RELATION_AT_LEAST) ||
        (highest && atom->relation == CEL_RELATION_AT_MOST)) {
        return ALWAYS;
    }
    return EITHER;
}

static struct cel_truth truth_in_range(const struct cel_range *range, const struct cel_atom *atom)
{
    int side = side_of(range, atom->literal);
    bool wants_more =
        atom->relation == CEL_RELATION_GREATER || atom->relation == CEL_RELATION_AT_LEAST;
    if (side == 0) {
        return truth_at_end(range, atom);
    }
    if (atom->relation == CEL_RELATION_EQUAL || atom->relation == CEL_RELATION_UNEQUAL) {
        return atom->relation == CEL_RELATION_EQUAL ? NEVER : ALWAYS;
    }
    return wants_more == (side < 0) ? ALWAYS : NEVER;
}

static struct cel_truth judge_range(const struct judge *self, const struct cel_atom *atom)
{
    const struct cel_range *range = cel_result_range(atom->subject);
    struct cel_truth truth = range ? truth_in_range(range, atom) : EITHER;
    if (!is_fixed(truth)) {
        return EITHER;
    }
    struct span why = arena_printf(self->arena, "%.*s() is %s", SPAN_ARG(atom->subject->resolved),
                                   range->text);
    return fixed(self, atom->at, !truth.may_be_true, span_of(NULL, 0), why);
}

/* --- a thing beside itself --- */

static bool is_named(const struct cel_node *node, const char *const names[3])
{
    for (size_t i = 0; i < 3 && names[i]; i++) {
        if (cel_node_is_call(node, span_view(names[i]))) {
            return true;
        }
    }
    return false;
}

/* Only what is read: functions of no data at all are somebody's test. */
static bool is_read(const struct cel_node *node)
{
    const struct cel_node *base = cel_node_base_ident(node);
    return base && base->name.ptr[0] != '@';
}

static struct cel_truth judge_itself(const struct judge *self, const struct cel_node *node)
{
    static const char *const never[3] = {"_!=_", "_<_", "_>_"};
    static const char *const always[3] = {"_==_", "_<=_", "_>=_"};
    const struct cel_node *left = node->arguments[0];
    bool is_never = is_named(node, never);
    if ((!is_never && !is_named(node, always)) || !is_read(left) ||
        !cel_node_same(left, node->arguments[1]) || cel_node_may_be_nan(self->env, left)) {
        return EITHER;
    }
    bool member = left->kind == CEL_NODE_SELECT && left->target->kind == CEL_NODE_IDENT;
    struct span others = member ? cel_env_as_member(self->env, self->arena, left->name)
                                : span_of(NULL, 0);
    struct span hint = others.len ? arena_printf(self->arena, "write %.*s on one side",
                                                 SPAN_ARG(others))
                                  : span_of(NULL, 0);
    return fixed(self, node, is_never, hint, SPAN("both sides are the same"));
}

/* --- in --- */

static bool is_scalar(const struct cel_type *type)
{
    return type->kind >= CEL_TYPE_BOOL && type->kind <= CEL_TYPE_CIDR;
}

static bool is_number(const struct cel_type *type)
{
    return type->kind >= CEL_TYPE_INT && type->kind <= CEL_TYPE_DECIMAL;
}

/* Whether both types are known, and no value of one equals one of the other. */
static bool types_differ(const struct cel_type *a, const struct cel_type *b)
{
    if (!a || !b) {
        return false;
    }
    a = cel_type_unwrapped(a);
    b = cel_type_unwrapped(b);
    return is_scalar(a) && is_scalar(b) && a->kind != b->kind &&
           !(is_number(a) && is_number(b));
}

/* One element that the subject never equals; *warned tells whether it is such. */
static bool is_never_element(const struct judge *self, const struct cel_node *subject,
                             const struct cel_node *element)
{
    const struct cel_values *values = values_of(self, subject);
    if (values && is_text(element) && !is_value(values, element->constant.text)) {
        struct span near = meant(values, element->constant.text);
        (void)fixed(self, element, true, with_literal(self, element, near),
                    why_no_value(self, subject, values));
        return true;
    }
    if (subject->type && element->type && types_differ(subject->type, element->type)) {
        struct span wanted = cel_type_format(self->arena, cel_type_unwrapped(subject->type));
        struct span found = cel_type_format(self->arena, cel_type_unwrapped(element->type));
        (void)fixed(self, element, true, span_of(NULL, 0),
                    arena_printf(self->arena, "what is looked for is of type %.*s, and this of "
                                 "type %.*s", SPAN_ARG(wanted), SPAN_ARG(found)));
        return true;
    }
    return false;
}

static struct cel_truth judge_in(const struct judge *self, const struct cel_node *node)
{
    const struct cel_node *range = node->arguments[1];
    bool literal = (range->kind == CEL_NODE_LIST || range->kind == CEL_NODE_MAP) &&
                   !range->optional_flags;
    if (literal && range->argument_count == 0) {
        return fixed(self, node, true, span_of(NULL, 0), SPAN("nothing is in what is empty"));
    }
    size_t never = 0;
    for (size_t i = 0; literal && range->kind == CEL_NODE_LIST && i < range->argument_count; i++) {
        never += is_never_element(self, node->arguments[0], range->arguments[i]);
    }
    return literal && never == range->argument_count ? NEVER : EITHER;
}

/* --- comparisons and chains of them --- */

/* A comparison with a literal or of two things; EITHER for all other calls. */
static struct cel_truth judge_comparison(const struct judge *self, const struct cel_node *node)
{
    struct cel_atom atom = cel_atom_of(node);
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_IN))) {
        return judge_in(self, node);
    }
    if (atom.literal) {
        struct cel_truth truth = judge_value(self, &atom);
        return is_fixed(truth) ? truth : judge_range(self, &atom);
    }
    return node->argument_count == 2 && !node->target ? judge_itself(self, node) : EITHER;
}

/* The parts of a && b && c, or of a || b || c. */
struct chain {
    struct span operator;
    struct cel_atom atoms[CHAIN_ATOMS_MAX];
    size_t count;
};

static struct span subject_text(const struct judge *self, const struct cel_node *subject)
{
    struct span name = cel_node_qualified_name(self->arena, subject);
    if (name.len) {
        return name;
    }
    bool call = subject->kind == CEL_NODE_CALL && subject->name.ptr[0] != '_' &&
                subject->name.ptr[0] != '@';
    return call ? arena_printf(self->arena, "%.*s(...)", SPAN_ARG(subject->name)) : SPAN("it");
}

/* "new.a < 3" */
static struct span atom_text(const struct judge *self, const struct cel_atom *atom)
{
    static const char *const signs[] = {
        [CEL_RELATION_EQUAL] = "==",   [CEL_RELATION_UNEQUAL] = "!=",
        [CEL_RELATION_LESS] = "<",     [CEL_RELATION_AT_MOST] = "<=",
        [CEL_RELATION_GREATER] = ">",  [CEL_RELATION_AT_LEAST] = ">=",
        [CEL_RELATION_IN] = "in",
    };
    struct span subject = subject_text(self, atom->subject);
    if (!atom->literal) {
        return arena_printf(self->arena, "%s%.*s", atom->relation == CEL_RELATION_FALSE ? "!" : "",
                            SPAN_ARG(subject));
    }
    const struct cel_node *literal = atom->literal;
    bool inside = literal->kind == CEL_NODE_CONSTANT &&
                  (size_t)literal->offset + literal->length <= self->text.len;
    struct span value = inside ? span_of(self->text.ptr + literal->offset, literal->length)
                               : SPAN("[...]");
    return arena_printf(self->arena, "%.*s %s %.*s", SPAN_ARG(subject), signs[atom->relation],
                        SPAN_ARG(value));
}

static void warn_of_pair(const struct judge *self, bool conjunction, const struct cel_atom *first,
                         const struct cel_atom *second)
{
    struct span left = atom_text(self, first);
    struct span right = atom_text(self, second);
    struct span hint = conjunction ? SPAN("write || between them to ask for either")
                                   : SPAN("write && between them to ask for both");
    cel_issue_warn(self->issues, conjunction ? CEL_WARNING_NEVER_TRUE : CEL_WARNING_ALWAYS_TRUE,
                   second->at->offset, second->at->length, hint,
                   conjunction ? "this is never true: %.*s and %.*s exclude each other"
                               : "this is always true: one of %.*s and %.*s always holds",
                   SPAN_ARG(left), SPAN_ARG(right));
}

/* Of || the opposites are looked at: when these exclude each other, one part always holds. */
static bool pair_decides(const struct judge *self, bool conjunction, struct cel_atom a,
                         struct cel_atom b)
{
    bool known = conjunction ||
                 (cel_atom_negate(self->env, &a) && cel_atom_negate(self->env, &b));
    return known && cel_atom_excludes(&a, &b);
}

static bool chain_decides(const struct judge *self, const struct chain *chain, bool conjunction)
{
    for (size_t i = 1; i < chain->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (pair_decides(self, conjunction, chain->atoms[k], chain->atoms[i])) {
                warn_of_pair(self, conjunction, &chain->atoms[k], &chain->atoms[i]);
                return true;
            }
        }
    }
    return false;
}

/* Judges the parts and gathers those that may end either way. */
static struct cel_truth judge_parts(const struct judge *self, const struct cel_node *node,
                                    struct chain *chain)
{
    if (!cel_node_is_call(node, chain->operator)) {
        struct cel_truth truth = judge(self, node);
        if (!is_fixed(truth) && chain->count < CHAIN_ATOMS_MAX) {
            chain->atoms[chain->count++] = cel_atom_of(node);
        }
        return truth;
    }
    struct cel_truth left = judge_parts(self, node->arguments[0], chain);
    struct cel_truth right = judge_parts(self, node->arguments[1], chain);
    bool conjunction = span_equals(chain->operator, SPAN(CEL_OPERATOR_AND));
    return conjunction ? (struct cel_truth){left.may_be_true && right.may_be_true,
                                            left.may_be_false || right.may_be_false}
                       : (struct cel_truth){left.may_be_true || right.may_be_true,
                                            left.may_be_false && right.may_be_false};
}

static struct cel_truth judge_chain(const struct judge *self, const struct cel_node *node)
{
    struct chain chain = {.operator = node->name};
    struct cel_truth truth = judge_parts(self, node, &chain);
    bool conjunction = span_equals(node->name, SPAN(CEL_OPERATOR_AND));
    if (!is_fixed(truth) && chain_decides(self, &chain, conjunction)) {
        return conjunction ? NEVER : ALWAYS;
    }
    return truth;
}

/* --- all nodes --- */

static struct cel_truth judge_conditional(const struct judge *self, const struct cel_node *node)
{
    struct cel_truth condition = judge(self, node->arguments[0]);
    struct cel_truth first = judge(self, node->arguments[1]);
    struct cel_truth second = judge(self, node->arguments[2]);
    return (struct cel_truth){
        (condition.may_be_true && first.may_be_true) ||
            (condition.may_be_false && second.may_be_true),
        (condition.may_be_true && first.may_be_false) ||
            (condition.may_be_false && second.may_be_false)};
}

/* What a loop gathers is not followed; a binding is as its body. */
static struct cel_truth judge_fold(const struct judge *self,
                                   const struct cel_comprehension *fold)
{
    (void)judge(self, fold->initial);
    if (!cel_comprehension_is_bind(fold)) {
        (void)judge(self, fold->range);
        (void)judge(self, fold->condition);
        (void)judge(self, fold->step);
    }
    struct cel_truth result = judge(self, fold->result);
    return cel_comprehension_is_bind(fold) ? result : EITHER;
}

static struct cel_truth judge_call(const struct judge *self, const struct cel_node *node)
{
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_AND)) ||
        cel_node_is_call(node, SPAN(CEL_OPERATOR_OR))) {
        return judge_chain(self, node);
    }
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_NOT))) {
        return opposite(judge(self, node->arguments[0]));
    }
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_CONDITIONAL))) {
        return judge_conditional(self, node);
    }
    if (node->target) {
        (void)judge(self, node->target);
    }
    for (size_t i = 0; i < node->argument_count; i++) {
        (void)judge(self, node->arguments[i]);
    }
    return judge_comparison(self, node);
}

/* Recursion is bounded by CEL_HEIGHT_MAX. */
static struct cel_truth judge(const struct judge *self, const struct cel_node *node)
{
    if (node->kind == CEL_NODE_CALL) {
        return judge_call(self, node);
    }
    if (node->comprehension) {
        return judge_fold(self, node->comprehension);
    }
    if (node->kind == CEL_NODE_CONSTANT && node->constant.kind == VALUE_BOOL) {
        return node->constant.boolean ? ALWAYS : NEVER;
    }
    if (node->target) {
        (void)judge(self, node->target);
    }
    for (size_t i = 0; i < node->argument_count; i++) {
        (void)judge(self, node->arguments[i]);
    }
    return EITHER;
}

struct cel_truth cel_warn_constant(const struct cel_env *env, struct span text,
                                   const struct cel_node *tree, struct arena *arena,
                                   struct cel_issues *issues)
{
    struct judge self = {env, text, arena, issues};
    return judge(&self, tree);
}
