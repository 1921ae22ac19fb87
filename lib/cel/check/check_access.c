/* check_access.c: fields of maps and records, indexes and optionals; what is not known statically
 * is dyn. */
#include "cel/check/check_access.h"

#include "base/diag.h"

/* Deeper types become dyn: nobody reads them, and comparing them recurses. */
enum { TYPE_DEPTH_MAX = 64 };
/* A hint is one line. */
enum { COLUMNS_SHOWN_MAX = 8 };

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

const struct cel_type *cel_check_shallow(const struct cel_type *type)
{
    return type_depth(type, TYPE_DEPTH_MAX) < TYPE_DEPTH_MAX ? type : dyn();
}

static const struct cel_type *optional_of(struct cel_checker *checker, const struct cel_type *value)
{
    return cel_type_optional(checker->arena, cel_check_shallow(value));
}

const struct cel_declaration *cel_check_record(struct cel_checker *checker,
                                               const struct cel_node *node)
{
    const struct cel_declaration *declaration = node->kind == CEL_NODE_IDENT ||
                                                        node->kind == CEL_NODE_SELECT
                                                    ? cel_env_find(checker->env, node->resolved)
                                                    : NULL;
    return declaration && declaration->kind == CEL_DECLARATION_RECORD ? declaration : NULL;
}

const struct cel_type *cel_check_member(struct cel_checker *checker, const struct cel_node *node,
                                        const struct cel_declaration *record)
{
    const struct cel_type *type = cel_env_member(checker->env, record->root, node->name);
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
    struct span hint = type->kind == CEL_TYPE_LIST
                           ? arena_printf(checker->arena,
                                          "of one: x[0].%.*s; of any: exists(e, e.%.*s ...)",
                                          SPAN_ARG(node->name), SPAN_ARG(node->name))
                           : span_of(NULL, 0);
    cel_issue_add(checker->issues, false, node->offset, node->length, hint,
                  "this is of type %.*s, which has no member '%.*s'", SPAN_ARG(text),
                  SPAN_ARG(node->name));
    return failed();
}

/* The nearest column to a word; empty when none is near. */
static struct span nearest_column(struct arena *arena, const struct cel_type *row, struct span word)
{
    struct span *names = arena_array(arena, row->member_count, sizeof *names);
    for (size_t i = 0; i < row->member_count; i++) {
        names[i] = row->members[i].name;
    }
    struct span near = diag_nearest(word, names, row->member_count);
    return near.len ? arena_printf(arena, "did you mean '%.*s'?", SPAN_ARG(near)) : near;
}

/* "sku, min_price, ...": what a row has, at most eight. */
static struct span columns_text(struct arena *arena, const struct cel_type *row)
{
    struct span text = SPAN("");
    for (size_t i = 0; i < row->member_count && i < COLUMNS_SHOWN_MAX; i++) {
        text = arena_printf(arena, "%.*s%s%.*s", SPAN_ARG(text), i ? ", " : "it has ",
                            SPAN_ARG(row->members[i].name));
    }
    return row->member_count > COLUMNS_SHOWN_MAX
               ? arena_printf(arena, "%.*s ...", SPAN_ARG(text))
               : text;
}

static const struct cel_type *row_member(struct cel_checker *checker, const struct cel_node *node,
                                         const struct cel_type *row, struct span name)
{
    const struct cel_type *type = cel_type_row_member(row, name);
    if (type) {
        return type;
    }
    struct span hint = nearest_column(checker->arena, row, name);
    cel_issue_add(checker->issues, false, node->offset, node->length,
                  hint.len ? hint : columns_text(checker->arena, row), "%.*s has no member '%.*s'",
                  SPAN_ARG(row->name), SPAN_ARG(name));
    return failed();
}

const struct cel_type *cel_check_field(struct cel_checker *checker, const struct cel_node *node,
                                       const struct cel_type *type)
{
    type = cel_type_unwrapped(type);
    if (type->kind == CEL_TYPE_ROW) {
        return row_member(checker, node, type, node->name);
    }
    if (type->kind == CEL_TYPE_OPTIONAL) {
        const struct cel_type *inner = cel_check_field(checker, node, type->parameters[0]);
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

const struct cel_type *cel_check_made_optional(struct cel_checker *checker,
                                               const struct cel_type *target,
                                               const struct cel_type *type)
{
    return cel_type_top(target)->kind == CEL_TYPE_OPTIONAL ? type : optional_of(checker, type);
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
    struct span hint = span_of(NULL, 0);
    if (target->kind == CEL_TYPE_LIST) {
        hint = SPAN("a list is read by position, an int from 0");
    } else if (target->parameter_count == 2) { /* a map or row */
        struct span keys = cel_check_type_text(checker, target->parameters[0]);
        hint = arena_printf(checker->arena, "its keys are of type %.*s", SPAN_ARG(keys));
    }
    cel_issue_add(checker->issues, false, node->offset, node->length, hint,
                  "%.*s takes no index of type %.*s", SPAN_ARG(target_text), SPAN_ARG(key_text));
    return failed();
}

/* row['min_price'] is known, row[x] is not. */
static const struct cel_type *row_element(struct cel_checker *checker, const struct cel_node *node,
                                          const struct cel_type *row, const struct cel_type *key)
{
    const struct cel_node *name = node->arguments[0];
    if (name->kind == CEL_NODE_CONSTANT && name->constant.kind == VALUE_STRING) {
        return row_member(checker, name, row, name->constant.text);
    }
    return cel_type_assignable(&checker->matcher, key, cel_type_simple(CEL_TYPE_STRING))
               ? dyn()
               : wrong_index(checker, node, row, key);
}

const struct cel_type *cel_check_element(struct cel_checker *checker, const struct cel_node *node,
                                         const struct cel_type *type, const struct cel_type *key)
{
    type = cel_type_unwrapped(type);
    key = cel_type_unwrapped(key);
    if (type->kind == CEL_TYPE_ROW) {
        return row_element(checker, node, type, key);
    }
    if (type->kind == CEL_TYPE_OPTIONAL) {
        const struct cel_type *inner = cel_check_element(checker, node, type->parameters[0], key);
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
