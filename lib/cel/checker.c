#include "cel/checker.h"

#include "cel/check_call.h"
#include "cel/env_internal.h"
#include "cel/macro.h"
#include "cel/node.h"

/* Deeper types become dyn: nobody reads them, and comparing them recurses. */
enum { TYPE_DEPTH_MAX = 64 };

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

static const struct cel_type *failed(void)
{
    return cel_type_simple(CEL_TYPE_ERROR);
}

static uint32_t type_depth(const struct cel_type *type, uint32_t limit)
{
    uint32_t deepest = 0;
    type = cel_type_top(type);
    for (size_t i = 0; i < type->parameter_count && limit > 0; i++) {
        uint32_t depth = type_depth(type->parameters[i], limit - 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static const struct cel_type *shallow(const struct cel_type *type)
{
    return type_depth(type, TYPE_DEPTH_MAX) < TYPE_DEPTH_MAX ? type : dyn();
}

static const struct cel_type *list_of(struct cel_checker *checker, const struct cel_type *element)
{
    return cel_type_list(checker->arena, shallow(element));
}

static const struct cel_type *optional_of(struct cel_checker *checker, const struct cel_type *value)
{
    return cel_type_optional(checker->arena, shallow(value));
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

static const struct scope *find_local(const struct cel_node *ident, const struct scope *scope)
{
    while (scope && !span_equals(scope->name, ident->name)) {
        scope = scope->outer;
    }
    return ident->root ? NULL : scope;
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
    struct span near = cel_env_nearest_name(checker->env, checker->arena, node->name);
    struct span hint = near.len
                           ? arena_printf(checker->arena, "did you mean '%.*s'?", SPAN_ARG(near))
                           : span_of(NULL, 0);
    cel_issue_add(checker->issues, false, node->offset, node->length, hint,
                  "there is no variable '%.*s'", SPAN_ARG(node->name));
    return failed();
}

/* The record that a node names as a whole; NULL when it is something else. */
static const struct cel_declaration *record_of(struct cel_checker *checker,
                                               const struct cel_node *node)
{
    const struct cel_declaration *declaration = node->kind == CEL_NODE_IDENT ||
                                                        node->kind == CEL_NODE_SELECT
                                                    ? cel_env_find(checker->env, node->resolved)
                                                    : NULL;
    return declaration && declaration->kind == CEL_DECLARATION_RECORD ? declaration : NULL;
}

static const struct cel_type *member_type(struct cel_checker *checker, const struct cel_node *node,
                                          const struct cel_declaration *record)
{
    bool declared;
    const struct cel_type *type = cel_env_member(checker->env, record->root, node->name, &declared);
    if (type) {
        return type;
    }
    struct span near =
        cel_env_nearest_member(checker->env, checker->arena, record->root, node->name);
    struct span hint = near.len ? arena_printf(checker->arena, "did you mean '%.*s.%.*s'?",
                                               SPAN_ARG(record->name), SPAN_ARG(near))
                                : span_of(NULL, 0);
    cel_issue_add(checker->issues, false, node->offset, node->length, hint,
                  "'%.*s' has no member '%.*s'", SPAN_ARG(record->name), SPAN_ARG(node->name));
    return failed();
}

static const struct cel_type *no_members(struct cel_checker *checker, const struct cel_node *node,
                                         const struct cel_type *type)
{
    struct span text = cel_check_type_text(checker, type);
    cel_issue_add(checker->issues, false, node->offset, node->length, span_of(NULL, 0),
                  "this is of type %.*s, which has no member '%.*s'", SPAN_ARG(text),
                  SPAN_ARG(node->name));
    return failed();
}

/* What type.name is; an optional's member is optional again. */
static const struct cel_type *field_type(struct cel_checker *checker, const struct cel_node *node,
                                         const struct cel_type *type)
{
    type = cel_type_top(type);
    if (type->kind == CEL_TYPE_OPTIONAL) {
        const struct cel_type *inner = field_type(checker, node, type->parameters[0]);
        return optional_of(checker, inner);
    }
    if (type->kind == CEL_TYPE_MAP) {
        return type->parameters[1];
    }
    if (cel_type_is_variable(type)) {
        (void)cel_type_assignable(&checker->matcher, dyn(), type);
        return dyn();
    }
    return cel_type_is_dyn(type) ? type : no_members(checker, node, type);
}

/* .? and [?] give an optional, but never an optional of an optional that the target was already. */
static const struct cel_type *made_optional(struct cel_checker *checker,
                                            const struct cel_type *target,
                                            const struct cel_type *type)
{
    return cel_type_top(target)->kind == CEL_TYPE_OPTIONAL ? type : optional_of(checker, type);
}

static const struct cel_type *check_select(struct cel_checker *checker, struct cel_node *node,
                                           const struct scope *scope)
{
    if (node->resolved.len) {
        return declared_type(checker, node);
    }
    const struct cel_type *target = check(checker, node->target, scope);
    const struct cel_declaration *record = record_of(checker, node->target);
    const struct cel_type *type = record ? member_type(checker, node, record)
                                         : field_type(checker, node, target);
    if (node->test_only) {
        return cel_type_simple(CEL_TYPE_BOOL);
    }
    return node->optional ? made_optional(checker, target, type) : type;
}

static bool is_integer_key(const struct cel_type *key)
{
    return key->kind == CEL_TYPE_INT || key->kind == CEL_TYPE_DECIMAL;
}

/* Whether a key may find something in a map: of its type, or a decimal beside ints. */
static bool key_fits(struct cel_checker *checker, const struct cel_type *key,
                     const struct cel_type *wanted)
{
    wanted = cel_type_top(wanted);
    bool integral = wanted->kind == CEL_TYPE_INT || wanted->kind == CEL_TYPE_UINT;
    return (key->kind == CEL_TYPE_DECIMAL && integral) ||
           cel_type_assignable(&checker->matcher, key, wanted);
}

static const struct cel_type *wrong_index(struct cel_checker *checker, const struct cel_node *node,
                                          const struct cel_type *target, const struct cel_type *key)
{
    struct span target_text = cel_check_type_text(checker, target);
    struct span key_text = cel_check_type_text(checker, key);
    cel_issue_add(checker->issues, false, node->offset, node->length, span_of(NULL, 0),
                  "%.*s takes no index of type %.*s", SPAN_ARG(target_text), SPAN_ARG(key_text));
    return failed();
}

static const struct cel_type *element_type(struct cel_checker *checker, const struct cel_node *node,
                                           const struct cel_type *type, const struct cel_type *key)
{
    type = cel_type_top(type);
    if (type->kind == CEL_TYPE_OPTIONAL) {
        const struct cel_type *inner = element_type(checker, node, type->parameters[0], key);
        return optional_of(checker, inner);
    }
    if (cel_type_is_variable(type)) {
        (void)cel_type_assignable(&checker->matcher, dyn(), type);
        return dyn();
    }
    if (cel_type_is_dyn(type)) {
        return type;
    }
    if (type->kind == CEL_TYPE_LIST &&
        (is_integer_key(key) ||
         cel_type_assignable(&checker->matcher, key, cel_type_simple(CEL_TYPE_INT)))) {
        return type->parameters[0];
    }
    if (type->kind == CEL_TYPE_MAP && key_fits(checker, key, type->parameters[0])) {
        return type->parameters[1];
    }
    return wrong_index(checker, node, type, key);
}

static const struct cel_type *check_index(struct cel_checker *checker, struct cel_node *node,
                                          const struct scope *scope)
{
    const struct cel_type *target = check(checker, node->target, scope);
    const struct cel_type *key = cel_type_top(check(checker, node->arguments[0], scope));
    const struct cel_type *type = element_type(checker, node, target, key);
    return node->optional ? made_optional(checker, target, type) : type;
}

/* The type of an element, entry value or field; of a marked one, what the optional holds. */
static const struct cel_type *check_element(struct cel_checker *checker, struct cel_node *element,
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
            joined(checker, element, check_element(checker, node->arguments[i], optional, scope));
    }
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
            joined(checker, value, check_element(checker, node->arguments[i + 1], optional, scope));
    }
    return cel_type_map(checker->arena, shallow(key ? key : cel_type_variable(&checker->matcher)),
                        shallow(value ? value : cel_type_variable(&checker->matcher)));
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

static const struct cel_type *check_call(struct cel_checker *checker, struct cel_node *node,
                                         const struct scope *scope)
{
    if (node->target) {
        (void)check(checker, node->target, scope);
    }
    bool misused_macro = node->resolved.len == 0 && cel_macro_usage(node->name).len > 0;
    for (size_t i = 0; i < node->argument_count && !misused_macro; i++) {
        (void)check(checker, node->arguments[i], scope);
    }
    return shallow(cel_check_call(checker, node));
}

/* What the variables of a loop over `range` are; false when nothing can be looped over. */
static bool loop_types(struct cel_checker *checker, const struct cel_type *range, bool two,
                       const struct cel_type *out[2])
{
    range = cel_type_top(range);
    out[0] = out[1] = dyn();
    if (range->kind == CEL_TYPE_LIST) {
        out[0] = two ? cel_type_simple(CEL_TYPE_INT) : range->parameters[0];
        out[1] = range->parameters[0];
        return true;
    }
    if (range->kind == CEL_TYPE_MAP) {
        out[0] = range->parameters[0];
        out[1] = range->parameters[1];
        return true;
    }
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
    node->type = check_kind(checker, node, scope);
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
        .env = env, .arena = arena, .issues = issues, .matcher = cel_matcher_in(arena)};
    (void)check(&checker, tree, NULL);
    finish_types(&checker, tree);
    return issues->errors == errors ? STATUS_OK : STATUS_INVALID;
}
