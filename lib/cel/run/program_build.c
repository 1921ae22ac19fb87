/* program_build.c: walks the tree and makes a closure of each node; constant parts are folded on
 * the way. */
#include "cel/run/program_internal.h"

#include "cel/run/build.h"
#include "cel/run/values.h"

/* What is constant is computed at once, within so many steps: each, and all of an expression. */
enum { FOLD_STEPS = 10000, FOLD_STEPS_ALL = 100000 };

/* --- failures --- */

struct closure *build_failure(struct builder *builder, enum value_error error, const char *format,
                              struct span name)
{
    struct value failure = value_failure(
        error, arena_printf(builder->arena, format, SPAN_ARG(name)));
    struct closure *closure = closure_constant(builder->arena, &failure);
    closure->constant = NULL;
    builder->unknowns++;
    return closure;
}

struct closure *build_mistake(struct builder *builder, const struct cel_node *node,
                              struct span problem)
{
    if (builder->checked) {
        cel_issue_add(builder->issues, false, node->offset, node->length, span_of(NULL, 0),
                      "%.*s", SPAN_ARG(problem));
    }
    return build_failure(builder, VALUE_ERROR_OTHER, "%.*s", problem);
}

/* --- constants --- */

const struct value *build_constant_value(struct builder *builder, const struct closure *closure,
                                         struct value *room)
{
    struct cel_frame *frame = &builder->folding;
    uint64_t given = builder->fold_steps_left < FOLD_STEPS ? builder->fold_steps_left : FOLD_STEPS;
    frame->steps_left = given;
    const struct value *value = closure_value(closure, frame, room);
    builder->fold_steps_left -= given - frame->steps_left;
    return value;
}

/* The generic way computes it each time; that it is constant tells what its literals are beside
 * decimals. */
static struct closure *replaced(struct builder *builder, struct closure *closure,
                                const struct value *value)
{
    struct closure *constant = closure_constant(builder->arena, value);
    if (builder->generic) {
        closure->constant = constant->constant;
        return closure;
    }
    constant->exact = closure->exact;
    constant->attribute = closure->attribute;
    return constant;
}

struct closure *build_folded(struct builder *builder, struct closure *closure)
{
    struct value room;
    const struct value *value = build_constant_value(builder, closure, &room);
    return value->kind == VALUE_ERROR ? closure : replaced(builder, closure, value);
}

/* A mistake only where the language lets nothing around it do without the value; and what is
 * absent may have a stand-in outside of the expression. */
static bool is_mistake(const struct builder *builder, const struct value *failure)
{
    return builder->checked && builder->forgiving == 0 && failure->error != VALUE_ERROR_ABSENT &&
           failure->error != VALUE_ERROR_LIMIT;
}

static struct closure *fold(struct builder *builder, const struct cel_node *node,
                            struct closure *closure)
{
    struct value room;
    const struct value *value = build_constant_value(builder, closure, &room);
    if (value->kind != VALUE_ERROR) {
        return replaced(builder, closure, value);
    }
    builder->unknowns++; /* what stands around it need not be tried */
    return is_mistake(builder, value) ? build_mistake(builder, node, value->text) : closure;
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
    builder->unknowns++;
    use_slot(builder, slot);
    if (builder->watch) {
        builder->watch->slot = slot;
    }
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
        builder->outermost = local < builder->outermost ? local : builder->outermost;
        if (builder->watch) {
            builder->watch->local = local;
        }
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
    return select;
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
    struct closure *index =
        builder->generic ? closure_index_generic(builder->arena, target, key, node->optional)
                         : closure_index(builder->arena, target, key, node->optional);
    index->attribute = target->attribute;
    return index;
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
    return list;
}

static struct closure *build_map(struct builder *builder, const struct cel_node *node)
{
    size_t count = node->argument_count;
    const struct closure **parts = build_all(builder, node->arguments, count);
    return closure_map(builder->arena, parts, count / 2, node->optional_flags);
}

/* --- the whole --- */

static struct closure *build_kind(struct builder *builder, const struct cel_node *node)
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

/* What several programs share is kept where the first of them computed it. */
static struct closure *memoised(struct builder *builder, const struct cel_node *node,
                                struct closure *closure)
{
    uint32_t memo;
    bool shared = builder->share && !closure->constant && share_memo(builder->share, node, &memo);
    return shared ? closure_memo(builder->arena, closure, memo) : closure;
}

/* What reads nothing but constants, and no loop variable of a loop around it, is folded. */
static struct closure *build_unwatched(struct builder *builder, const struct cel_node *node)
{
    uint64_t unknowns = builder->unknowns;
    uint32_t outermost = builder->outermost;
    builder->outermost = BUILD_LOCAL_NONE;
    struct closure *closure = build_kind(builder, node);
    bool closed = builder->outermost >= builder->scope_count;
    if (closed && builder->unknowns == unknowns && !closure->constant) {
        closure = fold(builder, node, closure);
    }
    closure = memoised(builder, node, closure);
    builder->outermost = outermost < builder->outermost ? outermost : builder->outermost;
    return closure;
}

struct closure *build_node(struct builder *builder, const struct cel_node *node)
{
    struct build_watch *watch = builder->watch;
    if (!watch) {
        return build_unwatched(builder, node);
    }
    uint32_t slot = watch->slot;
    uint32_t local = watch->local;
    watch->slot = watch->local = BUILD_NONE;
    struct closure *closure = watch->part(watch, node, build_unwatched(builder, node));
    watch->slot = slot;
    watch->local = local;
    return closure;
}

/* Folding reads a slot or calls the host only where the value does not matter. */
static struct value answer_nothing(void *context, uint32_t host_call, const struct value *arguments,
                                   size_t count, struct arena *arena)
{
    (void)context;
    (void)host_call;
    (void)arguments;
    (void)count;
    (void)arena;
    return value_failure(VALUE_ERROR_LIMIT, SPAN("there is no event yet"));
}

static const struct cel_host no_host = {.call = answer_nothing};

static void begin_folding(struct builder *builder)
{
    struct cel_frame *frame = &builder->folding;
    frame->host = &no_host;
    frame->scratch.arena = builder->arena;
    frame->scratch.steps_left = &frame->steps_left;
    frame->locals = frame->local_values;
    builder->fold_steps_left = FOLD_STEPS_ALL;
}

enum status program_build(struct cel_program *program, const struct share *share,
                          struct build_watch *watch, struct cel_issues *issues)
{
    struct builder builder = {
        .env = program->env, .arena = program->arena, .issues = issues, .share = share,
        .checked = program->tree->type != NULL, .watch = watch,
        .generic = watch || cel_env_generic(program->env), .outermost = BUILD_LOCAL_NONE};
    size_t errors = issues->errors;
    begin_folding(&builder);
    program->root = build_node(&builder, program->tree);
    program->local_count = builder.local_count;
    program->slots = builder.slots;
    program->slot_count = builder.slot_count;
    return issues->errors == errors ? STATUS_OK : STATUS_INVALID;
}
