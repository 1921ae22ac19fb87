/* expression_rules.c: walks the tree of a compiled program and refuses unknown members, bad
 * patterns and whole records. */
#include "policy/plan/expression_rules.h"

#include "base/diag.h"
#include "cel/node.h"
#include "policy/plan.h"
#include "policy/plan/tree_walk.h"

/* What the walk over a program's tree carries. */
struct rules {
    const struct expression_context *context;
    struct cel_issues *issues;
};

static bool is_ident(const struct cel_node *node, const char *name)
{
    return node && node->kind == CEL_NODE_IDENT && span_equals(node->name, span_view(name));
}

static struct span nearest_member(struct arena *arena, const struct value *map, struct span word)
{
    struct span *names = arena_array(arena, map->map.count, sizeof *names);
    for (size_t i = 0; i < map->map.count; i++) {
        names[i] = map->map.entries[i].key.text;
    }
    struct span nearest = diag_nearest(word, names, map->map.count);
    return nearest.len ? arena_printf(arena, "did you mean '%.*s'?", SPAN_ARG(nearest)) : nearest;
}

static void check_member(const struct rules *rules, const struct cel_node *node, const char *record,
                         const struct value *members)
{
    bool reads = node->kind == CEL_NODE_SELECT && !node->test_only && !node->optional &&
                 is_ident(node->target, record);
    if (reads && !value_map_get(members, node->name)) {
        cel_issue_add(rules->issues, false, node->offset, node->length,
                      nearest_member(rules->context->arena, members, node->name),
                      "there is no '%.*s' in %s", SPAN_ARG(node->name), record);
    }
}

/* Constant: a text as written, or one of params or lists. */
static bool is_constant(const struct cel_node *node)
{
    const struct cel_node *base = cel_node_base_ident(node);
    return node->kind == CEL_NODE_CONSTANT || is_ident(base, "params") || is_ident(base, "lists");
}

static void check_pattern(const struct rules *rules, const struct cel_node *node)
{
    if (node->kind != CEL_NODE_CALL || !span_equals(node->name, SPAN("matches")) ||
        node->argument_count == 0) {
        return;
    }
    const struct cel_node *pattern = node->arguments[node->argument_count - 1];
    if (!is_constant(pattern)) {
        cel_issue_add(rules->issues, false, pattern->offset, pattern->length,
                      SPAN("glob(text, pattern) takes patterns from data"),
                      "the pattern of matches() is a constant");
    }
}

/* What an API call never has: op, and anything in old, new and keys. That they are null may be
 * asked, as definitions do that serve both. */
static void check_item_name(const struct rules *rules, const struct cel_node *node)
{
    static const char *const images[] = {"old", "new", "keys"};
    if (!rules->context->calls) {
        return;
    }
    if (is_ident(node, "op") && node->resolved.len) {
        cel_issue_add(rules->issues, false, node->offset, node->length,
                      SPAN("write request.operation"), "an API call has no 'op'");
    }
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
        if (node->kind == CEL_NODE_SELECT && !node->test_only && !node->optional &&
            is_ident(node->target, images[i]) && node->target->resolved.len) {
            cel_issue_add(rules->issues, false, node->offset, node->length,
                          SPAN("raw.?requestParameters says what was asked"),
                          "an API call has no item: '%s' is null", images[i]);
        }
    }
}

/* What a change of an item never has: it reads as absent, which may go unnoticed for ever. */
static void check_call_name(const struct rules *rules, const struct cel_node *node)
{
    static const char *const records[] = {"actor", "request"};
    for (size_t i = 0; i < sizeof records / sizeof *records && rules->context->items; i++) {
        if (node->kind == CEL_NODE_SELECT && is_ident(node->target, records[i]) &&
            node->target->resolved.len) {
            cel_issue_warn(rules->issues, CEL_WARNING_ALWAYS_ABSENT, node->offset, node->length,
                           SPAN("match: {source: api_call} looks at API calls"),
                           "a change of an item tells no '%s': this is always absent", records[i]);
        }
    }
}

static void check_node(void *context, const struct cel_node *node)
{
    const struct rules *rules = context;
    check_member(rules, node, "params", rules->context->params);
    check_member(rules, node, "lists", rules->context->lists);
    check_pattern(rules, node);
    check_item_name(rules, node);
    check_call_name(rules, node);
}

/* Remembers the first place that names defs or variables. */
static void find_record(void *context, const struct cel_node *node)
{
    const struct cel_node **found = context;
    if (!*found && (is_ident(node, "defs") || is_ident(node, "variables"))) {
        *found = node;
    }
}

static void refuse_whole_record(const struct rules *rules, const struct cel_program *program)
{
    const struct cel_node *record = NULL;
    tree_walk(cel_program_tree(program), find_record, &record);
    cel_issue_add(rules->issues, false, record ? record->offset : 0, record ? record->length : 1,
                  SPAN("write defs.NAME, variables.NAME"),
                  "definitions and variables are read one by one");
}

/* defs and variables are computed one by one; there is no map of them all. */
static void check_whole_records(const struct rules *rules, const struct cel_program *program)
{
    size_t count = 0;
    const uint32_t *slots = cel_program_slots(program, &count);
    for (size_t i = 0; i < count; i++) {
        struct cel_slot slot = cel_slots_get(rules->context->slots, slots[i]);
        bool record = slot.root >= PLAN_ROOT_DEFS && slot.root < PLAN_ROOT_ALIASES;
        if (record && slot.member.len == 0) {
            refuse_whole_record(rules, program);
        }
    }
}

void expression_rules_check(const struct expression_context *context,
                            const struct cel_program *program, struct cel_issues *issues)
{
    struct rules rules = {context, issues};
    check_whole_records(&rules, program);
    tree_walk(cel_program_tree(program), check_node, &rules);
}
