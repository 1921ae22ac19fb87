/* parts.c: one walk in the order of the source numbers the parts; a sorted table finds them by
 * their nodes. */
#include "cel/explain/parts.h"

#include "cel/env_internal.h"

#include <stdlib.h>

struct walk {
    const struct cel_env *env;
    struct arena *arena;
    struct parts parts;
    size_t capacity;
};

/* Where new parts are hung. */
struct hook {
    struct part *outer;
    struct part **last;
    bool in_body;
    bool prefix;
};

static void visit(struct walk *walk, const struct cel_node *node, struct hook *hook);

static bool is_loop(const struct cel_node *node)
{
    return node->kind == CEL_NODE_COMPREHENSION && !cel_comprehension_is_bind(node->comprehension);
}

static enum part_kind kind_of(const struct cel_node *node)
{
    static const struct {
        struct span name;
        enum part_kind kind;
    } logic[] = {{{CEL_OPERATOR_AND, sizeof CEL_OPERATOR_AND - 1}, PART_AND},
                 {{CEL_OPERATOR_OR, sizeof CEL_OPERATOR_OR - 1}, PART_OR},
                 {{CEL_OPERATOR_NOT, sizeof CEL_OPERATOR_NOT - 1}, PART_NOT},
                 {{CEL_OPERATOR_CONDITIONAL, sizeof CEL_OPERATOR_CONDITIONAL - 1}, PART_CHOICE}};
    for (size_t i = 0; i < sizeof logic / sizeof *logic; i++) {
        if (cel_node_is_call(node, logic[i].name)) {
            return logic[i].kind;
        }
    }
    bool path = node->kind == CEL_NODE_SELECT || node->kind == CEL_NODE_INDEX;
    return path ? PART_PATH : is_loop(node) ? PART_LOOP : PART_OTHER;
}

/* `int` of type(x) == int tells nothing. */
static bool names_type(const struct walk *walk, const struct cel_node *node)
{
    const struct cel_declaration *found =
        node->resolved.len ? cel_env_find(walk->env, node->resolved) : NULL;
    return found && found->kind == CEL_DECLARATION_CONSTANT && found->constant.kind == VALUE_TYPE;
}

/* Names of loop variables are no parts, nor is what a macro made. */
static bool is_part(const struct walk *walk, const struct cel_node *node)
{
    if (node->end == 0 || node->kind == CEL_NODE_CONSTANT) {
        return false;
    }
    return node->kind == CEL_NODE_IDENT ? node->resolved.len > 0 && !names_type(walk, node) : true;
}

static struct part *part_new(struct walk *walk, const struct cel_node *node,
                             const struct hook *hook)
{
    struct part *part = arena_alloc(walk->arena, sizeof *part);
    *part = (struct part){
        .kind = kind_of(node),
        .node = node,
        .number = walk->parts.count,
        .outer = hook->outer,
        .in_body = hook->in_body,
        .prefix = hook->prefix,
        .slot = UINT32_MAX,
    };
    if (walk->parts.count == walk->capacity) {
        size_t capacity = walk->capacity ? walk->capacity * 2 : 16;
        struct part **larger = arena_array(walk->arena, capacity, sizeof *larger);
        if (walk->capacity) {
            memcpy(larger, walk->parts.by_node, walk->capacity * sizeof *larger);
        }
        walk->parts.by_node = larger;
        walk->capacity = capacity;
    }
    walk->parts.by_node[walk->parts.count++] = part;
    return part;
}

/* The condition of `condition ? step : @result`. */
static const struct cel_node *filter_of(const struct cel_comprehension *fold)
{
    bool chooses = fold->step->end == 0 && kind_of(fold->step) == PART_CHOICE;
    return chooses ? fold->step->arguments[0] : NULL;
}

static void visit_body(struct walk *walk, const struct cel_node *node, struct hook *hook)
{
    const struct cel_comprehension *fold = node->comprehension;
    struct part *loop = hook->outer && hook->outer->node == node ? hook->outer : NULL;
    struct hook body = *hook;
    body.in_body = loop ? true : hook->in_body;
    if (loop) {
        loop->body = walk->parts.count;
    }
    visit(walk, fold->condition, &body);
    visit(walk, fold->step, &body);
    hook->last = body.last;
    if (loop) {
        loop->body_end = walk->parts.count;
    }
}

static void visit_fold(struct walk *walk, const struct cel_node *node, struct hook *hook)
{
    const struct cel_comprehension *fold = node->comprehension;
    visit(walk, fold->range, hook);
    visit(walk, fold->initial, hook);
    if (is_loop(node)) {
        visit_body(walk, node, hook);
    }
    visit(walk, fold->result, hook);
}

static void visit_inside(struct walk *walk, const struct cel_node *node, struct hook *hook)
{
    if (node->target) {
        struct hook target = *hook;
        target.prefix = kind_of(node) == PART_PATH;
        visit(walk, node->target, &target);
        hook->last = target.last;
    }
    for (size_t i = 0; i < node->argument_count; i++) {
        visit(walk, node->arguments[i], hook);
    }
    if (node->comprehension) {
        visit_fold(walk, node, hook);
    }
}

/* A list or map of literals alone says what its text says. */
static bool is_bare_literal(const struct part *part)
{
    bool literal = part->node->kind == CEL_NODE_LIST || part->node->kind == CEL_NODE_MAP;
    return literal && !part->inner;
}

static void visit(struct walk *walk, const struct cel_node *node, struct hook *hook)
{
    if (hook->outer && !is_part(walk, node)) {
        visit_inside(walk, node, hook);
        return;
    }
    struct part *part = part_new(walk, node, hook);
    struct hook inside = {.outer = part, .last = &part->inner};
    visit_inside(walk, node, &inside);
    if (hook->outer && is_bare_literal(part)) {
        walk->parts.count = part->number;
        return;
    }
    part->end = walk->parts.count;
    *hook->last = part;
    hook->last = &part->next;
}

static int by_node(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)(*(struct part *const *)a)->node;
    uintptr_t right = (uintptr_t)(*(struct part *const *)b)->node;
    return (left > right) - (left < right);
}

struct part *parts_find(const struct parts *parts, const struct cel_node *node)
{
    struct part wanted = {.node = node};
    struct part *key = &wanted;
    struct part **found =
        bsearch(&key, parts->by_node, parts->count, sizeof *parts->by_node, by_node);
    return found ? *found : NULL;
}

static void find_filters(const struct parts *parts)
{
    for (uint32_t i = 0; i < parts->count; i++) {
        struct part *part = parts->by_node[i];
        const struct cel_node *filter =
            part->kind == PART_LOOP ? filter_of(part->node->comprehension) : NULL;
        part->filter = filter ? parts_find(parts, filter) : NULL;
    }
}

struct parts parts_of(const struct cel_env *env, const struct cel_node *tree, struct arena *arena)
{
    struct walk walk = {.env = env, .arena = arena};
    struct hook hook = {.last = &walk.parts.root};
    visit(&walk, tree, &hook);
    qsort(walk.parts.by_node, walk.parts.count, sizeof *walk.parts.by_node, by_node);
    find_filters(&walk.parts);
    return walk.parts;
}
