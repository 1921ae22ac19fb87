/* atom.c: one subject, one literal: order and equality of constants decide. */
#include "cel/check/atom.h"

#include "cel/check/type_match.h"
#include "cel/env_internal.h"
#include "cel/node.h"
#include "cel/run/values.h"

enum {
    LIST_COUNT_MAX = 64,         /* longer lists are not compared with others */
    STEPS_MAX = 1024 * 1024 * 8, /* more than a text can hold */
};

static const struct {
    struct span name;
    enum cel_relation relation;
    enum cel_relation turned; /* with the sides exchanged */
} comparisons[] = {
    {{"_==_", 4}, CEL_RELATION_EQUAL, CEL_RELATION_EQUAL},
    {{"_!=_", 4}, CEL_RELATION_UNEQUAL, CEL_RELATION_UNEQUAL},
    {{"_<_", 3}, CEL_RELATION_LESS, CEL_RELATION_GREATER},
    {{"_<=_", 4}, CEL_RELATION_AT_MOST, CEL_RELATION_AT_LEAST},
    {{"_>_", 3}, CEL_RELATION_GREATER, CEL_RELATION_LESS},
    {{"_>=_", 4}, CEL_RELATION_AT_LEAST, CEL_RELATION_AT_MOST},
};

static bool is_constant_list(const struct cel_node *node)
{
    bool constant = node->kind == CEL_NODE_LIST && !node->optional_flags &&
                    node->argument_count <= LIST_COUNT_MAX;
    for (size_t i = 0; constant && i < node->argument_count; i++) {
        constant = node->arguments[i]->kind == CEL_NODE_CONSTANT;
    }
    return constant;
}

static struct cel_atom whole(const struct cel_node *condition)
{
    return (struct cel_atom){CEL_RELATION_TRUE, condition, NULL, condition};
}

/* subject op literal, on whichever side the literal stands. */
static struct cel_atom comparison(const struct cel_node *node, size_t row)
{
    const struct cel_node *left = node->arguments[0];
    const struct cel_node *right = node->arguments[1];
    if (right->kind == CEL_NODE_CONSTANT && left->kind != CEL_NODE_CONSTANT) {
        return (struct cel_atom){comparisons[row].relation, left, right, node};
    }
    if (left->kind == CEL_NODE_CONSTANT && right->kind != CEL_NODE_CONSTANT) {
        return (struct cel_atom){comparisons[row].turned, right, left, node};
    }
    return whole(node);
}

struct cel_atom cel_atom_of(const struct cel_node *condition)
{
    if (cel_node_is_call(condition, SPAN(CEL_OPERATOR_NOT))) {
        struct cel_atom atom = whole(condition->arguments[0]);
        atom.relation = CEL_RELATION_FALSE;
        atom.at = condition;
        return atom;
    }
    if (condition->kind != CEL_NODE_CALL || condition->argument_count != 2) {
        return whole(condition);
    }
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        if (span_equals(condition->name, comparisons[i].name)) {
            return comparison(condition, i);
        }
    }
    if (cel_node_is_call(condition, SPAN(CEL_OPERATOR_IN)) &&
        is_constant_list(condition->arguments[1])) {
        return (struct cel_atom){CEL_RELATION_IN, condition->arguments[0],
                                 condition->arguments[1], condition};
    }
    return whole(condition);
}

bool cel_atom_negate(const struct cel_env *env, struct cel_atom *atom)
{
    static const enum cel_relation opposites[] = {
        [CEL_RELATION_TRUE] = CEL_RELATION_FALSE,
        [CEL_RELATION_FALSE] = CEL_RELATION_TRUE,
        [CEL_RELATION_EQUAL] = CEL_RELATION_UNEQUAL,
        [CEL_RELATION_UNEQUAL] = CEL_RELATION_EQUAL,
        [CEL_RELATION_LESS] = CEL_RELATION_AT_LEAST,
        [CEL_RELATION_AT_MOST] = CEL_RELATION_GREATER,
        [CEL_RELATION_GREATER] = CEL_RELATION_AT_MOST,
        [CEL_RELATION_AT_LEAST] = CEL_RELATION_LESS,
    };
    bool ordered = atom->relation > CEL_RELATION_UNEQUAL;
    if (atom->relation == CEL_RELATION_IN ||
        (ordered && cel_node_may_be_nan(env, atom->subject))) {
        return false;
    }
    atom->relation = opposites[atom->relation];
    return true;
}

/* --- what excludes what --- */

static bool literals_equal(const struct cel_node *a, const struct cel_node *b)
{
    const struct value *left = &a->constant;
    const struct value *right = &b->constant;
    uint64_t steps = STEPS_MAX;
    struct cel_scratch scratch = {.steps_left = &steps};
    return values_equal(left, right, &scratch);
}

static bool list_holds(const struct cel_node *list, const struct cel_node *literal)
{
    for (size_t i = 0; i < list->argument_count; i++) {
        if (literals_equal(list->arguments[i], literal)) {
            return true;
        }
    }
    return false;
}

static bool lists_meet(const struct cel_node *a, const struct cel_node *b)
{
    for (size_t i = 0; i < a->argument_count; i++) {
        if (list_holds(b, a->arguments[i])) {
            return true;
        }
    }
    return false;
}

static bool is_upper(enum cel_relation relation)
{
    return relation == CEL_RELATION_LESS || relation == CEL_RELATION_AT_MOST;
}

static bool is_lower(enum cel_relation relation)
{
    return relation == CEL_RELATION_GREATER || relation == CEL_RELATION_AT_LEAST;
}

/* x < upper and x > lower, when nothing lies between. Numbers that are equal as doubles may differ
 * as decimals: only those written alike count as equal. */
static bool bounds_exclude(const struct cel_atom *upper, const struct cel_atom *lower)
{
    enum value_order order = values_order(&upper->literal->constant, &lower->literal->constant);
    bool strict = upper->relation == CEL_RELATION_LESS || lower->relation == CEL_RELATION_GREATER;
    return order == ORDER_LESS || (strict && cel_node_same(upper->literal, lower->literal));
}

/* x == value and x < upper, or x > lower. */
static bool bound_excludes(const struct cel_atom *equal, const struct cel_atom *bound)
{
    struct cel_atom same = *equal;
    if (is_upper(bound->relation)) {
        same.relation = CEL_RELATION_AT_LEAST;
        return bounds_exclude(bound, &same);
    }
    same.relation = CEL_RELATION_AT_MOST;
    return bounds_exclude(&same, bound);
}

static bool excludes_one_way(const struct cel_atom *a, const struct cel_atom *b)
{
    if (is_upper(a->relation) && is_lower(b->relation)) {
        return bounds_exclude(a, b);
    }
    if (a->relation == CEL_RELATION_EQUAL && (is_upper(b->relation) || is_lower(b->relation))) {
        return bound_excludes(a, b);
    }
    if (a->relation == CEL_RELATION_EQUAL && b->relation == CEL_RELATION_IN) {
        return !list_holds(b->literal, a->literal);
    }
    return (a->relation == CEL_RELATION_TRUE && b->relation == CEL_RELATION_FALSE) ||
           (a->relation == CEL_RELATION_EQUAL && b->relation == CEL_RELATION_UNEQUAL &&
            cel_node_same(a->literal, b->literal));
}

bool cel_atom_excludes(const struct cel_atom *a, const struct cel_atom *b)
{
    if (!cel_node_same(a->subject, b->subject)) {
        return false;
    }
    if (a->relation == CEL_RELATION_EQUAL && b->relation == CEL_RELATION_EQUAL) {
        return !literals_equal(a->literal, b->literal);
    }
    if (a->relation == CEL_RELATION_IN && b->relation == CEL_RELATION_IN) {
        return !lists_meet(a->literal, b->literal);
    }
    return excludes_one_way(a, b) || excludes_one_way(b, a);
}

/* --- nodes --- */

static bool same_constant(const struct cel_node *a, const struct cel_node *b)
{
    const struct value *left = &a->constant;
    const struct value *right = &b->constant;
    uint64_t steps = STEPS_MAX;
    struct cel_scratch scratch = {.steps_left = &steps};
    return left->kind == right->kind && span_equals(a->literal, b->literal) &&
           values_equal(left, right, &scratch);
}

static bool same_arguments(const struct cel_node *a, const struct cel_node *b)
{
    if (a->argument_count != b->argument_count || a->optional_flags || b->optional_flags) {
        return false;
    }
    for (size_t i = 0; i < a->argument_count; i++) {
        if (!cel_node_same(a->arguments[i], b->arguments[i])) {
            return false;
        }
    }
    return true;
}

bool cel_node_same(const struct cel_node *a, const struct cel_node *b)
{
    if (a->kind != b->kind || a->comprehension || b->comprehension ||
        a->height != b->height || a->root != b->root || a->test_only != b->test_only ||
        a->optional != b->optional || !span_equals(a->name, b->name) || !a->target != !b->target) {
        return false;
    }
    if (a->kind == CEL_NODE_CONSTANT) {
        return same_constant(a, b);
    }
    return (!a->target || cel_node_same(a->target, b->target)) && same_arguments(a, b);
}

bool cel_node_may_be_nan(const struct cel_env *env, const struct cel_node *node)
{
    const struct cel_type *type = node->type ? cel_type_unwrapped(node->type) : NULL;
    if (type && !cel_type_is_dyn(type)) {
        return type->kind == CEL_TYPE_DOUBLE || type->parameter_count > 0;
    }
    const struct cel_node *base = cel_node_base_ident(node);
    const struct cel_declaration *declaration =
        base && base->resolved.len ? cel_env_find(env, base->resolved) : NULL;
    return !declaration || declaration->kind != CEL_DECLARATION_RECORD;
}
