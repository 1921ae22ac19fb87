/* plan_named.c: expressions are compiled in the order in which they read one another; circles are
 * errors. */
#include "policy/plan/plan_named.h"

#include "policy/document/report.h"

/* Which expression of the scope reads which: found by compiling all once with unknown types. */
struct links {
    const uint32_t **reads; /* per item: indexes of the items it reads */
    size_t *counts;
    uint32_t *depths;       /* per item: of the deepest that it reads; at first outside only */
};

enum visit { VISIT_NEW, VISIT_OPEN, VISIT_DONE };

struct ordering {
    const struct named_scope *scope;
    struct links links;
    enum visit *visits;
    uint32_t *order; /* an item after all that it reads */
    size_t ordered;
    uint32_t *path;  /* the open items, from the first */
    size_t depth;
    struct diag_list *diags;
};

/* The item of this name; scope->count when there is none. */
static size_t find_item(const struct named_scope *scope, struct span name)
{
    size_t i = 0;
    while (i < scope->count && !span_equals(scope->items[i].name, name)) {
        i++;
    }
    return i;
}

/* The depth of a program of another scope; 0 when the slot is no such one. */
static uint32_t depth_outside(const struct plan_builder *builder, struct cel_slot slot)
{
    for (size_t i = 0; i < builder->slot_program_count; i++) {
        const struct plan_slot_program *other = &builder->slot_programs[i];
        if (other->root == slot.root && span_equals(other->name, slot.member)) {
            return other->depth;
        }
    }
    return 0;
}

/* What an item reads shows in the slots of its program. Definitions stand in a scope of their own,
 * finished before that of variables: of those the depth alone counts. */
static void link_item(const struct plan_builder *builder, const struct named_scope *scope,
                      const struct cel_program *program, struct links *links, size_t item)
{
    size_t slot_count = 0;
    const uint32_t *slots = program ? cel_program_slots(program, &slot_count) : NULL;
    uint32_t *reads = arena_array(builder->arena, slot_count, sizeof *reads);
    size_t count = 0;
    for (size_t i = 0; i < slot_count; i++) {
        struct cel_slot slot = cel_slots_get(builder->slots, slots[i]);
        size_t read = slot.root == scope->root ? find_item(scope, slot.member) : scope->count;
        if (read < scope->count) {
            reads[count++] = (uint32_t)read;
        } else if (slot.root == PLAN_ROOT_DEFS) {
            uint32_t depth = depth_outside(builder, slot);
            links->depths[item] = depth > links->depths[item] ? depth : links->depths[item];
        }
    }
    links->reads[item] = reads;
    links->counts[item] = count;
}

/* Compiled in a scratch arena, mistakes ignored: compile_item says them once the types are
 * known. */
static struct links find_links(const struct plan_builder *builder,
                               const struct expression_context *context,
                               const struct named_scope *scope)
{
    struct links links = {
        .reads = arena_array(builder->arena, scope->count, sizeof *links.reads),
        .counts = arena_array(builder->arena, scope->count, sizeof *links.counts),
        .depths = arena_array(builder->arena, scope->count, sizeof *links.depths),
    };
    struct arena *scratch = arena_new(0);
    struct diag_list ignored = diag_list_in(scratch);
    struct expression_context quiet = *context;
    quiet.arena = scratch;
    quiet.diags = &ignored;
    quiet.programs = NULL;
    for (size_t i = 0; i < scope->count; i++) {
        const struct cel_program *program = expression_compile(&quiet, scope->items[i].expression);
        link_item(builder, scope, program, &links, i);
    }
    arena_free(&scratch);
    return links;
}

/* The open path from `again` on is a circle. */
static void report_circle(struct ordering *ordering, uint32_t again)
{
    const struct named_scope *scope = ordering->scope;
    struct buf chain = {0};
    size_t start = 0;
    while (ordering->path[start] != again) {
        start++;
    }
    for (size_t i = start; i < ordering->depth; i++) {
        buf_printf(&chain, "%.*s -> ", SPAN_ARG(scope->items[ordering->path[i]].name));
    }
    buf_append(&chain, scope->items[again].name);
    report_error(ordering->diags, yaml_place(scope->items[again].name_node),
                 SPAN("one of them must do without the others"), "%s go round in a circle: %.*s",
                 scope->record, SPAN_ARG(report_cut(buf_view(&chain))));
    buf_deinit(&chain);
}

/* All that the item reads is finished, but for those of a circle. */
static void finish_depth(struct ordering *ordering, uint32_t item)
{
    struct links *links = &ordering->links;
    uint32_t deepest = links->depths[item];
    for (size_t i = 0; i < links->counts[item]; i++) {
        uint32_t depth = links->depths[links->reads[item][i]];
        deepest = depth > deepest ? depth : deepest;
    }
    links->depths[item] = deepest + 1;
    if (deepest == NAMED_DEPTH_MAX) { /* what reads this one in turn is not told of again */
        report_error(ordering->diags, yaml_place(ordering->scope->items[item].name_node),
                     SPAN("write some of them as one expression"),
                     "definitions and variables read each other more than %d deep",
                     NAMED_DEPTH_MAX);
    }
}

/* Recursion is bounded by NAMED_COUNT_MAX. */
static void visit(struct ordering *ordering, uint32_t item)
{
    if (ordering->visits[item] == VISIT_DONE) {
        return;
    }
    if (ordering->visits[item] == VISIT_OPEN) {
        report_circle(ordering, item);
        return;
    }
    ordering->visits[item] = VISIT_OPEN;
    ordering->path[ordering->depth++] = item;
    for (size_t i = 0; i < ordering->links.counts[item]; i++) {
        visit(ordering, ordering->links.reads[item][i]);
    }
    ordering->depth--;
    ordering->visits[item] = VISIT_DONE;
    finish_depth(ordering, item);
    ordering->order[ordering->ordered++] = item;
}

static void compile_item(struct plan_builder *builder, const struct expression_context *context,
                         const struct ordering *ordering, uint32_t index)
{
    const struct named_scope *scope = ordering->scope;
    const struct named_expression *item = &scope->items[index];
    const struct cel_program *program = expression_compile(context, item->expression);
    if (!program) {
        return;
    }
    /* from here on those that read it know its type */
    cel_env_add_member(scope->env, scope->root, item->name, cel_program_type(program));
    plan_builder_add_slot(builder, &(struct plan_slot_program){scope->root, item->name, program,
                                                               ordering->links.depths[index]});
}

static bool fits(const struct plan_builder *builder, const struct named_scope *scope)
{
    if (scope->count <= NAMED_COUNT_MAX) {
        return true;
    }
    report_error(builder->diags, yaml_place(scope->items[NAMED_COUNT_MAX].name_node),
                 (struct span){0}, "more than %d names in %s", NAMED_COUNT_MAX, scope->record);
    return false;
}

void plan_named_compile(struct plan_builder *builder, const struct expression_context *context,
                        struct named_scope *scope)
{
    if (scope->count == 0 || !fits(builder, scope)) {
        return;
    }
    struct arena *arena = builder->arena;
    struct ordering ordering = {
        .scope = scope,
        .links = find_links(builder, context, scope),
        .visits = arena_array(arena, scope->count, sizeof *ordering.visits),
        .order = arena_array(arena, scope->count, sizeof *ordering.order),
        .path = arena_array(arena, scope->count, sizeof *ordering.path),
        .diags = builder->diags,
    };
    for (uint32_t i = 0; i < scope->count; i++) {
        visit(&ordering, i);
    }
    for (size_t i = 0; i < ordering.ordered; i++) {
        compile_item(builder, context, &ordering, ordering.order[i]);
    }
}

uint32_t plan_named_depth(const struct plan_builder *builder, const struct cel_program *program)
{
    size_t count = 0;
    uint32_t deepest = 0;
    const uint32_t *slots = cel_program_slots(program, &count);
    for (size_t i = 0; i < count; i++) {
        uint32_t depth = depth_outside(builder, cel_slots_get(builder->slots, slots[i]));
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}
