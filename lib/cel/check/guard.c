/* guard.c: carries what was asked for down the tree and notes reads that nobody asked for; then
 * words a hint that puts the guards in. */
#include "cel/check/guard.h"

#include "cel/check/extent.h"
#include "cel/check/type_match.h"
#include "cel/env_internal.h"
#include "cel/parse/lexer.h"
#include "cel/node.h"

enum {
    READS_MAX = 64,             /* different members named in one expression's warnings */
    CORRECTED_LENGTH_MAX = 400, /* longer expressions get only the guard as their hint */
};

/* A member of a record. */
struct path {
    const struct cel_declaration *record;
    struct span member;
};

/* What is known to be there where a node is evaluated. */
struct fact {
    struct path path;
    const struct fact *outer;
};

/* A read without a guard, and the condition that it stands in. */
struct read {
    struct path path;
    const struct cel_node *at;
    const struct cel_node *condition;
};

struct guard {
    const struct cel_env *env;
    struct arena *arena;
    struct span text;
    struct cel_issues *issues;
    struct read reads[READS_MAX];
    size_t count;
};

/* The record that a node names as a whole; NULL for all else. */
static const struct cel_declaration *record_of(const struct guard *guard,
                                               const struct cel_node *node)
{
    const struct cel_declaration *declaration =
        (node->kind == CEL_NODE_IDENT || node->kind == CEL_NODE_SELECT) && node->resolved.len
            ? cel_env_find(guard->env, node->resolved)
            : NULL;
    return declaration && declaration->kind == CEL_DECLARATION_RECORD ? declaration : NULL;
}

static bool is_text(const struct cel_node *node)
{
    return node->kind == CEL_NODE_CONSTANT && node->constant.kind == VALUE_STRING;
}

/* record.member or record['member']. */
static bool path_of(const struct guard *guard, const struct cel_node *node, struct path *out)
{
    bool index = node->kind == CEL_NODE_INDEX && is_text(node->arguments[0]);
    if ((node->kind != CEL_NODE_SELECT && !index) || !node->target) {
        return false;
    }
    out->record = record_of(guard, node->target);
    out->member = index ? node->arguments[0]->constant.text : node->name;
    return out->record != NULL;
}

/* The member at the bottom of a chain of selections: new.a of new.a.b.c. */
static bool base_path_of(const struct guard *guard, const struct cel_node *node, struct path *out)
{
    while (node && !path_of(guard, node, out)) {
        bool chain = node->kind == CEL_NODE_SELECT || node->kind == CEL_NODE_INDEX;
        node = chain ? node->target : NULL;
    }
    return node != NULL;
}

static bool same_path(struct path a, struct path b)
{
    return a.record->root == b.record->root && span_equals(a.member, b.member);
}

/* Facts are a list from the inside out, so that a branch adds its own and leaves the others'
 * alone. */
static const struct fact *with_fact(const struct guard *guard, struct path path,
                                    const struct fact *facts)
{
    struct fact *fact = arena_alloc(guard->arena, sizeof *fact);
    *fact = (struct fact){path, facts};
    return fact;
}

/* has(x.f), 'f' in x, x.?f.hasValue() */
static bool presence_test(const struct guard *guard, const struct cel_node *node, struct path *out)
{
    if (node->kind == CEL_NODE_SELECT && node->test_only) {
        return base_path_of(guard, node, out);
    }
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_IN)) && is_text(node->arguments[0])) {
        out->record = record_of(guard, node->arguments[1]);
        out->member = node->arguments[0]->constant.text;
        return out->record != NULL;
    }
    return cel_node_is_call(node, SPAN("hasValue")) && node->target &&
           base_path_of(guard, node->target, out);
}

/* What must be there when the node is true (or false). */
static const struct fact *facts_when(const struct guard *guard, const struct cel_node *node,
                                     bool truth, const struct fact *facts)
{
    struct path path;
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_NOT))) {
        return facts_when(guard, node->arguments[0], !truth, facts);
    }
    if (cel_node_is_call(node, truth ? SPAN(CEL_OPERATOR_AND) : SPAN(CEL_OPERATOR_OR))) {
        facts = facts_when(guard, node->arguments[0], truth, facts);
        return facts_when(guard, node->arguments[1], truth, facts);
    }
    return truth && presence_test(guard, node, &path) ? with_fact(guard, path, facts) : facts;
}

static bool is_known(const struct fact *facts, struct path path)
{
    while (facts && !same_path(facts->path, path)) {
        facts = facts->outer;
    }
    return facts != NULL;
}

/* One warning a member and expression is enough. */
static bool was_noted(const struct guard *guard, struct path path)
{
    for (size_t i = 0; i < guard->count; i++) {
        if (same_path(guard->reads[i].path, path)) {
            return true;
        }
    }
    return false;
}

/* Reads past READS_MAX are not warned of: by then the expression has enough to mend. */
static void note_read(struct guard *guard, const struct cel_node *node,
                      const struct cel_node *condition, const struct fact *facts)
{
    struct path path;
    if (node->test_only || node->optional || !path_of(guard, node, &path) ||
        cel_env_member_always(guard->env, path.record->root, path.member) ||
        is_known(facts, path) || was_noted(guard, path) || guard->count == READS_MAX) {
        return;
    }
    guard->reads[guard->count++] = (struct read){path, node, condition};
}

static void walk(struct guard *guard, const struct cel_node *node, const struct cel_node *condition,
                 const struct fact *facts);

/* && and ||: each side is read as if the other did not decide. */
static void walk_sides(struct guard *guard, const struct cel_node *node, const struct fact *facts)
{
    bool truth = cel_node_is_call(node, SPAN(CEL_OPERATOR_AND));
    const struct cel_node *left = node->arguments[0];
    const struct cel_node *right = node->arguments[1];
    walk(guard, left, left, facts_when(guard, right, truth, facts));
    walk(guard, right, right, facts_when(guard, left, truth, facts));
}

static void walk_conditional(struct guard *guard, const struct cel_node *node,
                             const struct fact *facts)
{
    const struct cel_node *condition = node->arguments[0];
    walk(guard, condition, condition, facts);
    walk(guard, node->arguments[1], node->arguments[1], facts_when(guard, condition, true, facts));
    walk(guard, node->arguments[2], node->arguments[2], facts_when(guard, condition, false, facts));
}

static void walk_fold(struct guard *guard, const struct cel_comprehension *fold,
                      const struct cel_node *condition, const struct fact *facts)
{
    walk(guard, fold->range, condition, facts);
    walk(guard, fold->initial, condition, facts);
    walk(guard, fold->condition, condition, facts);
    walk(guard, fold->step, condition, facts);
    walk(guard, fold->result, condition, facts);
}

static void walk(struct guard *guard, const struct cel_node *node, const struct cel_node *condition,
                 const struct fact *facts)
{
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_AND)) ||
        cel_node_is_call(node, SPAN(CEL_OPERATOR_OR))) {
        walk_sides(guard, node, facts);
        return;
    }
    if (cel_node_is_call(node, SPAN(CEL_OPERATOR_CONDITIONAL))) {
        walk_conditional(guard, node, facts);
        return;
    }
    note_read(guard, node, condition, facts);
    if (node->comprehension) {
        walk_fold(guard, node->comprehension, condition, facts);
    }
    if (node->target) {
        walk(guard, node->target, condition, facts);
    }
    for (size_t i = 0; i < node->argument_count; i++) {
        walk(guard, node->arguments[i], condition, facts);
    }
}

/* Whether the name can stand without quotes: one word, and none of the language's own. */
static bool is_identifier(struct span name, struct arena *arena)
{
    struct cel_issues ignored = cel_issues_in(arena);
    struct cel_lexer lexer = {.text = name, .issues = &ignored};
    struct cel_token token = cel_lexer_next(&lexer);
    return token.kind == CEL_TOKEN_IDENT && token.text.len == name.len;
}

static struct span path_text(const struct guard *guard, struct path path, const char *dot)
{
    const char *quote = is_identifier(path.member, guard->arena) ? "" : "`";
    return arena_printf(guard->arena, "%.*s%s%s%.*s%s", SPAN_ARG(path.record->name), dot, quote,
                        SPAN_ARG(path.member), quote);
}

/* The reads of one condition, from `first` on. */
struct group {
    size_t first;
    size_t count;
};

static struct span guards_text(const struct guard *guard, struct group group)
{
    struct span text = SPAN("");
    for (size_t i = 0; i < group.count; i++) {
        struct span path = path_text(guard, guard->reads[group.first + i].path, ".");
        text = arena_printf(guard->arena, "%.*shas(%.*s) && ", SPAN_ARG(text), SPAN_ARG(path));
    }
    return text;
}

/* Whether has() can name all of the members: a quoted name holds no quote or control character. */
static bool can_be_named(const struct guard *guard, struct group group)
{
    for (size_t i = 0; i < group.count; i++) {
        struct span member = guard->reads[group.first + i].path.member;
        for (size_t k = 0; k < member.len; k++) {
            if (member.ptr[k] == '`' || (unsigned char)member.ptr[k] < ' ') {
                return false;
            }
        }
        if (member.len == 0) {
            return false;
        }
    }
    return true;
}

static struct span hint_for(const struct guard *guard, struct group group)
{
    const struct read *read = &guard->reads[group.first];
    if (!can_be_named(guard, group)) {
        return SPAN("write 'name' in new && ... to ask for it first");
    }
    if (!read->condition->type ||
        cel_type_unwrapped(read->condition->type)->kind != CEL_TYPE_BOOL) {
        struct span path = path_text(guard, read->path, ".?");
        return arena_printf(guard->arena, "write %.*s.orValue(...) or coalesce(...)",
                            SPAN_ARG(path));
    }
    struct span guards = guards_text(guard, group);
    if (guard->text.len + guards.len > CORRECTED_LENGTH_MAX) {
        return arena_printf(guard->arena, "%.*s...", SPAN_ARG(guards));
    }
    size_t start = cel_extent_start(guard->text, read->condition, guard->arena);
    return span_trim(cel_extent_replace(guard->text, (struct cel_extent){start, start}, guards,
                                        guard->arena));
}

static void warn(const struct guard *guard, struct group group)
{
    const struct cel_node *at = guard->reads[group.first].at;
    struct span names = path_text(guard, guard->reads[group.first].path, ".");
    for (size_t i = 1; i < group.count; i++) {
        struct span name = path_text(guard, guard->reads[group.first + i].path, ".");
        names = arena_printf(guard->arena, "%.*s, %.*s", SPAN_ARG(names), SPAN_ARG(name));
    }
    cel_issue_add(guard->issues, true, at->offset, at->length, hint_for(guard, group),
                  "%.*s may be absent, and then this cannot be evaluated", SPAN_ARG(names));
}

void cel_warn_unguarded(const struct cel_env *env, struct span text, const struct cel_node *tree,
                        struct arena *arena, struct cel_issues *issues)
{
    struct guard *guard = arena_alloc(arena, sizeof *guard);
    guard->env = env;
    guard->arena = arena;
    guard->text = text;
    guard->issues = issues;
    walk(guard, tree, tree, NULL);
    struct group group = {0, 0};
    for (; group.first < guard->count; group.first += group.count) {
        const struct cel_node *condition = guard->reads[group.first].condition;
        group.count = 1;
        while (group.first + group.count < guard->count &&
               guard->reads[group.first + group.count].condition == condition) {
            group.count++;
        }
        warn(guard, group);
    }
}
