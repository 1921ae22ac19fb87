/* cost.c: adds up from the leaves; a loop costs its body times the most elements that its range can
 * have. */
#include "cel/check/cost.h"

#include "cel/env_internal.h"
#include "cel/node.h"

enum {
    COST_NAME = 1,
    COST_LIST = 10,
    COST_MAP = 30,
    COST_UNKNOWN_CALL = 1,
    CONSTANT_DEPTH = 3,
    SIZE_UNKNOWN = 64, /* elements of a list that is not written out */
};

/* What is counted. */
struct counting {
    const struct cel_env *env;
    bool once; /* loops count as if they went round once */
    struct dearest *dearest; /* NULL: not asked for */
};

/* The loop that costs most. */
struct dearest {
    const struct cel_node *loop; /* NULL: there is none */
    uint64_t cost;
};

static uint64_t cost_of(const struct counting *counting, const struct cel_node *node);

static uint64_t add(uint64_t a, uint64_t b)
{
    return a + b > UINT32_MAX ? UINT32_MAX : a + b;
}

/* Both are at most UINT32_MAX, so the product does not overflow. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
    return a * b > UINT32_MAX ? UINT32_MAX : a * b;
}

static uint64_t size_of_constant(const struct value *constant)
{
    if (constant->kind == VALUE_LIST || constant->kind == VALUE_SET) {
        return constant->list.count;
    }
    return constant->kind == VALUE_MAP ? constant->map.count : SIZE_UNKNOWN;
}

/* How many elements a loop over this node sees. */
static uint64_t size_of(const struct cel_env *env, const struct cel_node *node)
{
    const struct cel_declaration *declaration =
        node->resolved.len ? cel_env_find(env, node->resolved) : NULL;
    if (node->kind == CEL_NODE_LIST) {
        return node->argument_count;
    }
    if (node->kind == CEL_NODE_MAP) {
        return node->argument_count / 2;
    }
    if (node->kind == CEL_NODE_COMPREHENSION && !cel_comprehension_is_bind(node->comprehension)) {
        return size_of(env, node->comprehension->range); /* map and filter: no more than that */
    }
    return declaration && declaration->kind == CEL_DECLARATION_CONSTANT
               ? size_of_constant(&declaration->constant)
               : SIZE_UNKNOWN;
}

static uint64_t cost_of_arguments(const struct counting *counting, const struct cel_node *node)
{
    uint64_t cost = node->target ? cost_of(counting, node->target) : 0;
    for (size_t i = 0; i < node->argument_count; i++) {
        cost = add(cost, cost_of(counting, node->arguments[i]));
    }
    return cost;
}

static bool is_number(enum cel_type_kind kind)
{
    return kind == CEL_TYPE_INT || kind == CEL_TYPE_UINT || kind == CEL_TYPE_DOUBLE ||
           kind == CEL_TYPE_DECIMAL;
}

static bool kinds_meet(const struct cel_type *wanted, const struct cel_type *given)
{
    return !given || wanted->kind == given->kind || wanted->kind == CEL_TYPE_PARAM ||
           wanted->kind == CEL_TYPE_DYN || given->kind == CEL_TYPE_DYN ||
           given->kind == CEL_TYPE_WRAPPER ||
           (wanted->kind == CEL_TYPE_MAP && given->kind == CEL_TYPE_ROW) ||
           (is_number(wanted->kind) && is_number(given->kind));
}

/* Whether an overload may be the one that runs, as far as the types are known. */
static bool may_run(const struct cel_signature *signature, const struct cel_node *call)
{
    size_t receiver = call->target ? 1 : 0;
    bool wants_decimal = false;
    bool may_be_decimal = false;
    if (signature->receiver != (call->target != NULL)) {
        return false;
    }
    for (size_t i = 0; i < signature->parameter_count; i++) {
        if (i >= call->argument_count + receiver) {
            return false;
        }
        const struct cel_node *given = i < receiver ? call->target : call->arguments[i - receiver];
        if (!kinds_meet(signature->parameters[i], given->type)) {
            return false;
        }
        wants_decimal |= signature->parameters[i]->kind == CEL_TYPE_DECIMAL;
        may_be_decimal |= !given->type || !is_number(given->type->kind) ||
                          given->type->kind == CEL_TYPE_DECIMAL;
    }
    /* other numbers become decimal only beside one */
    return !wants_decimal || may_be_decimal;
}

/* The dearest overload that may run. */
static uint64_t cost_of_function(const struct cel_env *env, const struct cel_node *call)
{
    uint64_t cost = 0;
    struct cel_signature_cursor cursor = cel_signatures_of(env, call->resolved);
    const struct cel_signature *signature;
    while ((signature = cel_signature_next(&cursor))) {
        if (signature->cost > cost && may_run(signature, call)) {
            cost = signature->cost;
        }
    }
    return cost;
}

static uint64_t cost_of_call(const struct counting *counting, const struct cel_node *node)
{
    uint64_t cost = node->resolved.len ? cost_of_function(counting->env, node) : COST_UNKNOWN_CALL;
    return add(cost, cost_of_arguments(counting, node));
}

/* The outer of two loops in each other is asked last, and costs no less. */
static uint64_t noted(const struct counting *counting, const struct cel_node *loop, uint64_t cost)
{
    if (counting->dearest && cost >= counting->dearest->cost) {
        *counting->dearest = (struct dearest){loop, cost};
    }
    return cost;
}

static uint64_t cost_of_fold(const struct counting *counting, const struct cel_node *node)
{
    const struct cel_comprehension *fold = node->comprehension;
    uint64_t cost = add(cost_of(counting, fold->initial), cost_of(counting, fold->result));
    /* the body of a binding is its result; its range, condition and step never run */
    if (cel_comprehension_is_bind(fold)) {
        return cost;
    }
    uint64_t body = add(cost_of(counting, fold->condition), cost_of(counting, fold->step));
    cost = add(cost, cost_of(counting, fold->range));
    uint64_t rounds = counting->once ? 1 : size_of(counting->env, fold->range);
    return noted(counting, node, add(cost, multiply(rounds, body)));
}

/* Seen to a depth only, so that lists in lists do not take the square of their number. */
static bool is_constant(const struct cel_node *node, unsigned depth)
{
    for (size_t i = 0; i < node->argument_count; i++) {
        if (depth == 0 || !is_constant(node->arguments[i], depth - 1)) {
            return false;
        }
    }
    return node->kind == CEL_NODE_CONSTANT || node->kind == CEL_NODE_LIST ||
           node->kind == CEL_NODE_MAP;
}

/* Constants in a list or map cost nothing where the whole is constant, and so is made at load;
 * in others they are put in anew each time. */
static uint64_t cost_of_parts(const struct cel_node *node)
{
    return is_constant(node, CONSTANT_DEPTH) ? 0 : node->argument_count;
}

/* What a macro made up costs nothing. */
static bool is_hidden(const struct cel_node *node)
{
    return node->name.len > 0 && node->name.ptr[0] == '@';
}

static uint64_t cost_of(const struct counting *counting, const struct cel_node *node)
{
    switch (node->kind) {
    case CEL_NODE_CONSTANT:
        return 0;
    case CEL_NODE_IDENT:
        return is_hidden(node) ? 0 : COST_NAME;
    case CEL_NODE_SELECT:
        return node->resolved.len ? COST_NAME : add(COST_NAME, cost_of(counting, node->target));
    case CEL_NODE_INDEX:
        return add(COST_NAME, cost_of_arguments(counting, node));
    case CEL_NODE_CALL:
        return cost_of_call(counting, node);
    case CEL_NODE_LIST:
        return add(COST_LIST + cost_of_parts(node), cost_of_arguments(counting, node));
    case CEL_NODE_MAP:
    case CEL_NODE_STRUCT:
        return add(COST_MAP + cost_of_parts(node), cost_of_arguments(counting, node));
    case CEL_NODE_COMPREHENSION:
        return cost_of_fold(counting, node);
    }
    return 0;
}

uint32_t cel_cost(const struct cel_env *env, const struct cel_node *tree)
{
    const struct counting all = {.env = env};
    return (uint32_t)cost_of(&all, tree);
}

uint32_t cel_cost_once(const struct cel_env *env, const struct cel_node *tree)
{
    const struct counting once = {.env = env, .once = true};
    return (uint32_t)cost_of(&once, tree);
}

/* The first loop whose depth in other loops is above the bound. */
static const struct cel_node *too_nested(const struct cel_node *node, uint32_t left);

static const struct cel_node *too_nested_fold(const struct cel_node *node, uint32_t left)
{
    const struct cel_comprehension *fold = node->comprehension;
    bool loop = !cel_comprehension_is_bind(fold);
    if (loop && left == 0) {
        return node;
    }
    uint32_t inside = loop ? left - 1 : left;
    const struct {
        const struct cel_node *node;
        uint32_t left;
    } parts[] = {{fold->range, left},
                 {fold->initial, left},
                 {fold->condition, inside},
                 {fold->step, inside},
                 {fold->result, left}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct cel_node *found = too_nested(parts[i].node, parts[i].left);
        if (found) {
            return found;
        }
    }
    return NULL;
}

static const struct cel_node *too_nested(const struct cel_node *node, uint32_t left)
{
    const struct cel_node *found = node->target ? too_nested(node->target, left) : NULL;
    for (size_t i = 0; !found && i < node->argument_count; i++) {
        found = too_nested(node->arguments[i], left);
    }
    return !found && node->comprehension ? too_nested_fold(node, left) : found;
}

enum status cel_check_bounds(const struct cel_env *env, const struct cel_node *tree,
                             struct cel_issues *issues)
{
    uint32_t nesting_max = cel_env_nesting_max(env);
    const struct cel_node *loop = too_nested(tree, nesting_max);
    if (loop) {
        cel_issue_add(issues, false, loop->offset, loop->length,
                      SPAN("compute an inner list first, in a variable of its own"),
                      "loops are nested deeper than %u", nesting_max);
        return STATUS_LIMIT;
    }
    struct dearest dearest = {0};
    const struct counting counting = {.env = env, .dearest = &dearest};
    uint32_t cost = (uint32_t)cost_of(&counting, tree);
    if (cost > cel_env_cost_max(env)) {
        const struct cel_node *at = dearest.loop ? dearest.loop : tree;
        cel_issue_add(issues, false, at->offset, at->length,
                      SPAN("loop less often, or over a list of constants, whose size is known"),
                      "this may cost %u units (%d elements taken for a list of unknown size); the "
                      "limit is %u",
                      cost, SIZE_UNKNOWN, cel_env_cost_max(env));
        return STATUS_LIMIT;
    }
    return STATUS_OK;
}
