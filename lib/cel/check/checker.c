/* checker.c: walks the tree once from the leaves up; what type variables came to stand for is
 * written into the tree at the end. */
#include "cel/check/checker.h"

#include "cel/check/check_access.h"
#include "cel/check/check_call.h"
#include "cel/env_internal.h"
#include "cel/parse/macro.h"
#include "cel/node.h"

/* Variables of the comprehensions around a node, innermost first. */
struct scope {
    struct span name;
    const struct cel_type *type;
    const struct scope *outer;
};

static const struct cel_type *check(struct cel_checker *checker, struct cel_node *node,
                                    const struct scope *scope);

static const struct cel_type *dyn(void)
{
    return cel_type_simple(CEL_TYPE_DYN);
}

/* The type of what was reported already: it fits everything, so that one mistake is told once. */
static const struct cel_type *failed(void)
{
    return cel_type_simple(CEL_TYPE_ERROR);
}

static const struct cel_type *list_of(struct cel_checker *checker, const struct cel_type *element)
{
    return cel_type_list(checker->arena, cel_check_shallow(element));
}

static const struct cel_type *check_constant(const struct cel_node *node)
{
    switch (node->constant.kind) {
    case VALUE_NULL:
        return cel_type_simple(CEL_TYPE_NULL);
    case VALUE_BOOL:
        return cel_type_simple(CEL_TYPE_BOOL);
    case VALUE_INT:
        return cel_type_simple(CEL_TYPE_INT);
    case VALUE_UINT:
        return cel_type_simple(CEL_TYPE_UINT);
    case VALUE_DOUBLE:
        return cel_type_simple(CEL_TYPE_DOUBLE);
    case VALUE_STRING:
        return cel_type_simple(CEL_TYPE_STRING);
    case VALUE_BYTES:
        return cel_type_simple(CEL_TYPE_BYTES);
    case VALUE_DECIMAL:
        return cel_type_simple(CEL_TYPE_DECIMAL);
    case VALUE_TIMESTAMP:
        return cel_type_simple(CEL_TYPE_TIMESTAMP);
    case VALUE_DURATION:
        return cel_type_simple(CEL_TYPE_DURATION);
    case VALUE_LIST:
    case VALUE_SET:
    case VALUE_MAP:
    case VALUE_TYPE:
    case VALUE_OPTIONAL:
    case VALUE_ADDRESS:
    case VALUE_QUANTITY:
    case VALUE_SEMVER:
    case VALUE_URL:
    case VALUE_FORMAT:
    case VALUE_ERROR:
        break; /* no literal; only a macro of the host makes such constants */
    }
    return dyn();
}

static const struct cel_type *declared_type(struct cel_checker *checker,
                                            const struct cel_node *node)
{
    const struct cel_declaration *declaration = cel_env_find(checker->env, node->resolved);
    return declaration ? declaration->type : dyn();
}

/* The loop variable that a name means; NULL when it means none. `.name` never means one. */
static const struct scope *find_local(const struct cel_node *ident, const struct scope *scope)
{
    while (scope && !span_equals(scope->name, ident->name)) {
        scope = scope->outer;
    }
    return ident->root ? NULL : scope;
}

/* The nearest name, or how the word is written as an attribute. */
static struct span name_hint(struct cel_checker *checker, struct span word)
{
    struct span near = cel_env_nearest_name(checker->env, checker->arena, word);
    if (near.len) {
        return arena_printf(checker->arena, "did you mean '%.*s'?", SPAN_ARG(near));
    }
    struct span member = cel_env_as_member(checker->env, checker->arena, word);
    return member.len
               ? arena_printf(checker->arena, "an attribute is written %.*s", SPAN_ARG(member))
               : member;
}

static const struct cel_type *check_ident(struct cel_checker *checker, const struct cel_node *node,
                                          const struct scope *scope)
{
    const struct scope *local = find_local(node, scope);
    if (local) {
        return local->type;
    }
    if (node->resolved.len) {
        return declared_type(checker, node);
    }
    if (node->name.ptr[0] == '@') { /* of cel.index() or cel.iterVar() */
        cel_issue_add(checker->issues, false, node->offset, node->length, span_of(NULL, 0),
                      "there is no cel.block() or loop around that gives this a meaning");
        return failed();
    }
    cel_issue_add(checker->issues, false, node->offset, node->length,
                  name_hint(checker, node->name), "there is no variable '%.*s'",
                  SPAN_ARG(node->name));
    return failed();
}

static const struct cel_type *check_select(struct cel_checker *checker, struct cel_node *node,
                                           const struct scope *scope)
{
    if (node->resolved.len) {
        return declared_type(checker, node);
    }
    const struct cel_type *target = check(checker, node->target, scope);
    const struct cel_declaration *record = cel_check_record(checker, node->target);
    const struct cel_type *type = record ? cel_check_member(checker, node, record)
                                         : cel_check_field(checker, node, target);
    if (node->test_only) {
        return cel_type_simple(CEL_TYPE_BOOL);
    }
    return node->optional ? cel_check_made_optional(checker, target, type) : type;
}

static const struct cel_type *check_index(struct cel_checker *checker, struct cel_node *node,
                                          const struct scope *scope)
{
    const struct cel_type *target = check(checker, node->target, scope);
    const struct cel_type *key = cel_type_top(check(checker, node->arguments[0], scope));
    const struct cel_type *type = cel_check_element(checker, node, target, key);
    return node->optional ? cel_check_made_optional(checker, target, type) : type;
}

/* The type of an element, entry value or field; of a marked one, what the optional holds. */
static const struct cel_type *check_part(struct cel_checker *checker, struct cel_node *element,
                                         bool optional, const struct scope *scope)
{
    const struct cel_type *type = cel_type_top(check(checker, element, scope));
    if (!optional || cel_type_is_dyn(type)) {
        return type;
    }
    if (type->kind == CEL_TYPE_OPTIONAL) {
        return type->parameters[0];
    }
    struct span text = cel_check_type_text(checker, type);
    cel_issue_add(checker->issues, false, element->offset, element->length,
                  SPAN("leave out the '?', or write ?optional.of(x)"),
                  "'?' takes an optional, and this is of type %.*s", SPAN_ARG(text));
    return failed();
}

static const struct cel_type *joined(struct cel_checker *checker, const struct cel_type *so_far,
                                     const struct cel_type *next)
{
    next = cel_type_resolved(&checker->matcher, next, false);
    return so_far ? cel_type_join(&checker->matcher, so_far, next) : next;
}

static const struct cel_type *check_list(struct cel_checker *checker, struct cel_node *node,
                                         const struct scope *scope)
{
    const struct cel_type *element = NULL;
    for (size_t i = 0; i < node->argument_count; i++) {
        bool optional = node->optional_flags && node->optional_flags[i];
        element =
            joined(checker, element, check_part(checker, node->arguments[i], optional, scope));
    }
    /* an empty list may become a list of anything */
    return list_of(checker, element ? element : cel_type_variable(&checker->matcher));
}

static void check_key(struct cel_checker *checker, const struct cel_node *key)
{
    const struct cel_type *type = cel_type_top(key->type);
    if (type->kind == CEL_TYPE_INT || type->kind == CEL_TYPE_UINT || type->kind == CEL_TYPE_BOOL ||
        type->kind == CEL_TYPE_STRING || cel_type_is_dyn(type) || cel_type_is_variable(type) ||
        type->kind == CEL_TYPE_WRAPPER) {
        return;
    }
    struct span text = cel_check_type_text(checker, type);
    cel_issue_add(checker->issues, false, key->offset, key->length, SPAN("string(x) makes one"),
                  "a key is an int, uint, bool or string, not %.*s", SPAN_ARG(text));
}

static const struct cel_type *check_map(struct cel_checker *checker, struct cel_node *node,
                                        const struct scope *scope)
{
    const struct cel_type *key = NULL;
    const struct cel_type *value = NULL;
    for (size_t i = 0; i + 1 < node->argument_count; i += 2) {
        bool optional = node->optional_flags && node->optional_flags[i / 2];
        key = joined(checker, key, check(checker, node->arguments[i], scope));
        check_key(checker, node->arguments[i]);
        value =
            joined(checker, value, check_part(checker, node->arguments[i + 1], optional, scope));
    }
    return cel_type_map(checker->arena,
                        cel_check_shallow(key ? key : cel_type_variable(&checker->matcher)),
                        cel_check_shallow(value ? value : cel_type_variable(&checker->matcher)));
}

static const struct cel_type *check_message(struct cel_checker *checker, struct cel_node *node,
                                            const struct scope *scope)
{
    for (size_t i = 0; i < node->argument_count; i++) {
        (void)check(checker, node->arguments[i], scope);
    }
    cel_issue_add(checker->issues, false, node->offset, node->length,
                  SPAN("write a map: {'name': value}"), "there is no message type '%.*s'",
                  SPAN_ARG(node->name));
    return failed();
}

/* "optional.off" of optional.off(x), when `optional` is no variable: then it was meant as a part of
 * the function's name. */
static struct span unknown_qualified_name(struct cel_checker *checker, struct cel_node *call,
                                          const struct scope *scope)
{
    struct span space = cel_node_qualified_name(checker->arena, call->target);
    const struct cel_node *base = space.len ? cel_node_base_ident(call->target) : NULL;
    if (!base || base->resolved.len || call->target->resolved.len || find_local(base, scope)) {
        return span_of(NULL, 0);
    }
    return arena_printf(checker->arena, "%.*s.%.*s", SPAN_ARG(space), SPAN_ARG(call->name));
}

static const struct cel_type *check_call(struct cel_checker *checker, struct cel_node *node,
                                         const struct scope *scope)
{
    bool unknown = node->resolved.len == 0;
    struct span qualified = unknown && node->target ? unknown_qualified_name(checker, node, scope)
                                                    : span_of(NULL, 0);
    if (qualified.len) {
        cel_check_unknown_function(checker, node, qualified);
        return failed();
    }
    if (node->target) {
        (void)check(checker, node->target, scope);
    }
    /* a macro's arguments name variables that only the macro would declare: one issue says
     * enough */
    bool misused_macro = unknown && cel_macro_usage(node->name).len > 0;
    for (size_t i = 0; i < node->argument_count && !misused_macro; i++) {
        (void)check(checker, node->arguments[i], scope);
    }
    const struct cel_type *type = cel_check_call(checker, node);
    if (type->kind != CEL_TYPE_ERROR) {
        cel_check_defaults(checker, node);
    }
    return cel_check_shallow(type);
}

/* What the variables of a loop over `range` are; false when nothing can be looped over. */
static bool loop_types(struct cel_checker *checker, const struct cel_type *range, bool two,
                       const struct cel_type *out[2])
{
    range = cel_type_unwrapped(range);
    out[0] = out[1] = dyn();
    if (range->kind == CEL_TYPE_LIST) {
        out[0] = two ? cel_type_simple(CEL_TYPE_INT) : range->parameters[0];
        out[1] = range->parameters[0];
        return true;
    }
    if (range->kind == CEL_TYPE_MAP || range->kind == CEL_TYPE_ROW) {
        out[0] = range->parameters[0];
        out[1] = range->parameters[1];
        return true;
    }
    /* an empty literal: nothing is known of its elements */
    if (cel_type_is_variable(range)) {
        (void)cel_type_assignable(&checker->matcher, dyn(), range);
        return true;
    }
    return cel_type_is_dyn(range);
}

static void want_bool(struct cel_checker *checker, const struct cel_node *node)
{
    if (cel_type_assignable(&checker->matcher, node->type, cel_type_simple(CEL_TYPE_BOOL))) {
        return;
    }
    struct span text = cel_check_type_text(checker, node->type);
    cel_issue_add(checker->issues, false, node->offset, node->length, span_of(NULL, 0),
                  "this must be true or false, and is of type %.*s", SPAN_ARG(text));
}

static void check_step(struct cel_checker *checker, const struct cel_comprehension *fold,
                       const struct cel_type *accumulator, const struct scope *scope)
{
    (void)check(checker, fold->condition, scope);
    want_bool(checker, fold->condition);
    const struct cel_type *step = check(checker, fold->step, scope);
    if (!cel_type_assignable(&checker->matcher, step, accumulator)) {
        struct span text = cel_check_type_text(checker, step);
        cel_issue_add(checker->issues, false, fold->step->offset, fold->step->length,
                      span_of(NULL, 0), "the elements do not fit together: %.*s", SPAN_ARG(text));
    }
}

static const struct cel_type *check_fold(struct cel_checker *checker, struct cel_node *node,
                                         const struct scope *scope)
{
    const struct cel_comprehension *fold = node->comprehension;
    const struct cel_type *types[2];
    const struct cel_type *range = check(checker, fold->range, scope);
    const struct cel_type *accumulator = check(checker, fold->initial, scope);
    if (!loop_types(checker, range, fold->second_variable.len > 0, types)) {
        struct span text = cel_check_type_text(checker, range);
        cel_issue_add(checker->issues, false, node->offset, node->length, span_of(NULL, 0),
                      "only a list or a map has elements, and this is of type %.*s",
                      SPAN_ARG(text));
        types[0] = types[1] = failed();
    }
    struct scope result = {fold->accumulator, accumulator, scope};
    struct scope first = {fold->variable, types[0], &result};
    struct scope second = {fold->second_variable, types[1], &first};
    check_step(checker, fold, accumulator, &second);
    /* the loop's variables are gone; the accumulator is still there */
    return check(checker, fold->result, &result);
}

static const struct cel_type *check_kind(struct cel_checker *checker, struct cel_node *node,
                                         const struct scope *scope)
{
    switch (node->kind) {
    case CEL_NODE_CONSTANT:
        return check_constant(node);
    case CEL_NODE_IDENT:
        return check_ident(checker, node, scope);
    case CEL_NODE_SELECT:
        return check_select(checker, node, scope);
    case CEL_NODE_INDEX:
        return check_index(checker, node, scope);
    case CEL_NODE_CALL:
        return check_call(checker, node, scope);
    case CEL_NODE_LIST:
        return check_list(checker, node, scope);
    case CEL_NODE_MAP:
        return check_map(checker, node, scope);
    case CEL_NODE_STRUCT:
        return check_message(checker, node, scope);
    case CEL_NODE_COMPREHENSION:
        return check_fold(checker, node, scope);
    }
    return failed();
}

static const struct cel_type *check(struct cel_checker *checker, struct cel_node *node,
                                    const struct scope *scope)
{
    /* the tree is walked on, so that every node has a type */
    bool enough = checker->issues->errors >= checker->errors_max;
    node->type = enough ? failed() : check_kind(checker, node, scope);
    return node->type;
}

static void finish_types(struct cel_checker *checker, struct cel_node *node);

static void finish_fold(struct cel_checker *checker, const struct cel_comprehension *fold)
{
    finish_types(checker, fold->range);
    finish_types(checker, fold->initial);
    finish_types(checker, fold->condition);
    finish_types(checker, fold->step);
    finish_types(checker, fold->result);
}

/* Puts what the variables came to stand for into the tree. */
static void finish_types(struct cel_checker *checker, struct cel_node *node)
{
    if (node->type) {
        node->type = cel_type_resolved(&checker->matcher, node->type, true);
    }
    if (node->target) {
        finish_types(checker, node->target);
    }
    for (size_t i = 0; i < node->argument_count; i++) {
        finish_types(checker, node->arguments[i]);
    }
    if (node->comprehension) {
        finish_fold(checker, node->comprehension);
    }
}

enum status cel_check(const struct cel_env *env, struct cel_node *tree, struct arena *arena,
                      struct cel_issues *issues)
{
    size_t errors = issues->errors;
    struct cel_checker checker = {
        .env = env,
        .arena = arena,
        .issues = issues,
        .matcher = cel_matcher_in(arena),
        .errors_max = errors + CEL_CHECK_ERRORS_MAX,
    };
    (void)check(&checker, tree, NULL);
    finish_types(&checker, tree);
    return issues->errors == errors ? STATUS_OK : STATUS_INVALID;
}
