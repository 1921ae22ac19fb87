/* program_build.c: walks the tree and makes a closure of each node; constant parts are folded on
 * the way. */
#include "cel/run/program_internal.h"

#include "cel/run/build.h"
#include "cel/run/values.h"

/* Folding runs what is constant at once, within this many steps. */
enum { FOLD_STEPS = 10000 };

struct closure *build_failure(struct builder *builder, enum value_error error, const char *format,
                              struct span name)
{
    struct value failure = value_failure(
        error, arena_printf(builder->arena, format, SPAN_ARG(name)));
    struct closure *closure = closure_constant(builder->arena, &failure);
    closure->constant = NULL;
    return closure;
}

struct cel_frame *build_folding_frame(struct builder *builder)
{
    if (!builder->folding) {
        builder->folding = arena_alloc(builder->arena, sizeof *builder->folding);
        builder->folding->scratch.arena = builder->arena;
        builder->folding->scratch.steps_left = &builder->folding->steps_left;
    }
    builder->folding->steps_left = FOLD_STEPS;
    return builder->folding;
}

/* A constant in place of what only reads constants; an error is left to be met at run time. The
 * generic way computes it each time: that it is constant tells what its literals are beside
 * decimals. */
struct closure *build_folded(struct builder *builder, struct closure *closure)
{
    struct value result;
    struct cel_frame *frame = build_folding_frame(builder);
    const struct value *value = closure_value(closure, frame, &result);
    if (value->kind == VALUE_ERROR) {
        return closure;
    }
    struct closure *constant = closure_constant(builder->arena, value);
    if (builder->generic) {
        closure->constant = constant->constant;
        return closure;
    }
    constant->exact = closure->exact;
    return constant;
}

/* --- slots --- */

static void use_slot(struct builder *builder, uint32_t slot)
{
    for (size_t i = 0; i < builder->slot_count; i++) {
        if (builder->slots[i] == slot) {
            return;
        }
    }
    if (builder->slot_count == builder->slot_capacity) {
        size_t capacity = builder->slot_capacity ? builder->slot_capacity * 2 : 8;
        uint32_t *slots = arena_array(builder->arena, capacity, sizeof *slots);
        if (builder->slot_count) {
            memcpy(slots, builder->slots, builder->slot_count * sizeof *slots);
        }
        builder->slots = slots;
        builder->slot_capacity = capacity;
    }
    builder->slots[builder->slot_count++] = slot;
}

static uint32_t intern(struct builder *builder, uint32_t root, struct span member)
{
    uint32_t slot = cel_slots_intern(cel_env_slots(builder->env), root, member);
    use_slot(builder, slot);
    return slot;
}

/* --- names --- */

static bool find_local(const struct builder *builder, struct span name, uint32_t *local)
{
    for (size_t i = builder->scope_count; i-- > 0;) {
        if (span_equals(builder->scopes[i].name, name)) {
            *local = (uint32_t)i;
            return true;
        }
    }
    return false;
}

/* What a name or chain of names declares; NULL for loop variables and what is unknown. */
static const struct cel_declaration *declaration_of(struct builder *builder,
                                                    const struct cel_node *node)
{
    return node->resolved.len ? cel_env_find(builder->env, node->resolved) : NULL;
}

static struct closure *build_declared(struct builder *builder,
                                      const struct cel_declaration *declaration)
{
    if (declaration->kind == CEL_DECLARATION_CONSTANT) {
        return closure_constant(builder->arena, &declaration->constant);
    }
    return closure_slot(builder->arena, intern(builder, declaration->root, span_of(NULL, 0)));
}

static struct closure *build_ident(struct builder *builder, const struct cel_node *node)
{
    uint32_t local;
    const struct cel_declaration *declaration = declaration_of(builder, node);
    if (declaration) {
        return build_declared(builder, declaration);
    }
    if (find_local(builder, node->name, &local)) {
        struct closure *closure = closure_local(builder->arena, local);
        closure->attribute = builder->scopes[local].attribute;
        closure->exact = builder->scopes[local].exact;
        return closure;
    }
    return build_failure(builder, VALUE_ERROR_OTHER, "unknown name: %.*s", node->name);
}

static enum select_mode mode_of(const struct cel_node *node)
{
    if (node->test_only) {
        return SELECT_TEST;
    }
    return node->optional ? SELECT_OPTIONAL : SELECT_PLAIN;
}

/* The record that this node names, whose members are slots; NULL for all else. */
static const struct cel_declaration *record_of(struct builder *builder,
                                               const struct cel_node *node)
{
    if (node->kind != CEL_NODE_IDENT && node->kind != CEL_NODE_SELECT) {
        return NULL;
    }
    const struct cel_declaration *declaration = declaration_of(builder, node);
    bool is_record = declaration && declaration->kind == CEL_DECLARATION_RECORD;
    return is_record ? declaration : NULL;
}

static struct closure *build_member(struct builder *builder,
                                    const struct cel_declaration *record, struct span member,
                                    enum select_mode mode)
{
    uint32_t slot = intern(builder, record->root, member);
    struct closure *closure = closure_slot_test(builder->arena, slot, mode);
    closure->attribute = true;
    return closure;
}

static struct closure *build_select(struct builder *builder, const struct cel_node *node)
{
    const struct cel_declaration *whole =
        mode_of(node) == SELECT_PLAIN ? declaration_of(builder, node) : NULL;
    if (whole) {
        return build_declared(builder, whole);
    }
    const struct cel_declaration *record = record_of(builder, node->target);
    if (record) {
        return build_member(builder, record, node->name, mode_of(node));
    }
    const struct closure *target = build_node(builder, node->target);
    struct closure *select = closure_select(builder->arena, target, node->name, mode_of(node));
    select->attribute = target->attribute;
    return target->constant ? build_folded(builder, select) : select;
}

static struct closure *build_index(struct builder *builder, const struct cel_node *node)
{
    const struct closure *key = build_node(builder, node->arguments[0]);
    const struct cel_declaration *record = record_of(builder, node->target);
    if (record && key->constant && key->constant->kind == VALUE_STRING) {
        return build_member(builder, record, key->constant->text,
                            node->optional ? SELECT_OPTIONAL : SELECT_PLAIN);
    }
    const struct closure *target = build_node(builder, node->target);
    struct closure *index = closure_index(builder->arena, target, key, node->optional);
    index->attribute = target->attribute;
    return target->constant && key->constant ? build_folded(builder, index) : index;
}

/* --- literals --- */

static struct closure *build_constant(struct builder *builder, const struct cel_node *node)
{
    struct closure *closure = closure_constant(builder->arena, &node->constant);
    struct decimal decimal;
    if (node->constant.kind == VALUE_DOUBLE && node->literal.len &&
        decimal_parse(node->literal, &decimal) == STATUS_OK) {
        struct value exact = value_decimal(decimal);
        closure->exact = closure_constant(builder->arena, &exact);
    }
    return closure;
}

const struct closure **build_all(struct builder *builder, struct cel_node *const *nodes,
                                 size_t count)
{
    const struct closure **closures = arena_array(builder->arena, count, sizeof *closures);
    for (size_t i = 0; i < count; i++) {
        closures[i] = build_node(builder, nodes[i]);
    }
    return closures;
}

bool build_all_constant(const struct closure *const *closures, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!closures[i]->constant) {
            return false;
        }
    }
    return true;
}

const struct closure **build_exact_parts(struct builder *builder,
                                         const struct closure *const *closures, size_t count)
{
    const struct closure **exact = NULL;
    for (size_t i = 0; i < count; i++) {
        if (closures[i]->exact && !exact) {
            exact = arena_array(builder->arena, count, sizeof *exact);
            memcpy(exact, closures, count * sizeof *exact);
        }
        if (closures[i]->exact) {
            exact[i] = closures[i]->exact;
        }
    }
    return exact;
}

static struct closure *build_list(struct builder *builder, const struct cel_node *node)
{
    size_t count = node->argument_count;
    const struct closure **items = build_all(builder, node->arguments, count);
    const struct closure **exact = build_exact_parts(builder, items, count);
    struct closure *list = closure_list(builder->arena, items, count, node->optional_flags);
    bool constant = build_all_constant(items, count);
    if (exact) {
        struct closure *twin = closure_list(builder->arena, exact, count, node->optional_flags);
        list->exact = constant ? build_folded(builder, twin) : twin;
    }
    return constant ? build_folded(builder, list) : list;
}

static struct closure *build_map(struct builder *builder, const struct cel_node *node)
{
    size_t count = node->argument_count;
    const struct closure **parts = build_all(builder, node->arguments, count);
    struct closure *map = closure_map(builder->arena, parts, count / 2, node->optional_flags);
    return build_all_constant(parts, count) ? build_folded(builder, map) : map;
}

/* --- the whole --- */

struct closure *build_node(struct builder *builder, const struct cel_node *node)
{
    switch (node->kind) {
    case CEL_NODE_CONSTANT:
        return build_constant(builder, node);
    case CEL_NODE_IDENT:
        return build_ident(builder, node);
    case CEL_NODE_SELECT:
        return build_select(builder, node);
    case CEL_NODE_INDEX:
        return build_index(builder, node);
    case CEL_NODE_CALL:
        return build_call(builder, node);
    case CEL_NODE_LIST:
        return build_list(builder, node);
    case CEL_NODE_MAP:
        return build_map(builder, node);
    case CEL_NODE_COMPREHENSION:
        return build_loop(builder, node);
    case CEL_NODE_STRUCT:
        break;
    }
    return build_failure(builder, VALUE_ERROR_OTHER, "messages are not available: %.*s",
                         node->name);
}

enum status program_build(const struct cel_env *env, const struct cel_node *tree,
                          struct arena *arena, struct cel_issues *issues,
                          struct cel_program *program)
{
    struct builder builder = {
        .env = env, .arena = arena, .issues = issues, .checked = tree->type != NULL,
        .generic = cel_env_generic(env)};
    size_t errors = issues->errors;
    program->root = build_node(&builder, tree);
    program->local_count = builder.local_count;
    program->slots = builder.slots;
    program->slot_count = builder.slot_count;
    return issues->errors == errors ? STATUS_OK : STATUS_INVALID;
}
