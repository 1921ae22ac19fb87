/* plan_macros.c: paths and names become constants when a policy is loaded, so that running one
 * compares no names. */
#include "policy/plan/plan_macros.h"

#include "base/buf.h"
#include "base/diag.h"
#include "cel/node.h"
#include "policy/plan.h"

enum { CHANGED_COST = 10, LOOKUP_COST = 50 };

static bool is_string(const struct cel_node *node)
{
    return node->kind == CEL_NODE_CONSTANT && node->constant.kind == VALUE_STRING;
}

/* A segment that would be read as two, or as none, goes in backticks. */
static void append_segment(struct buf *path, struct span name)
{
    bool plain = name.len > 0 && !memchr(name.ptr, '.', name.len);
    buf_printf(path, plain ? "%.*s" : "`%.*s`", SPAN_ARG(name));
}

/* Appends the path behind new or old; false when the node is no such path. */
static bool append_path(struct buf *path, const struct cel_node *node)
{
    if (node->kind == CEL_NODE_IDENT) {
        return span_equals(node->name, SPAN("new")) || span_equals(node->name, SPAN("old"));
    }
    if (node->kind != CEL_NODE_SELECT || node->test_only || !append_path(path, node->target)) {
        return false;
    }
    if (path->len) {
        buf_append_char(path, '.');
    }
    append_segment(path, node->name);
    return true;
}

static struct span path_of(struct arena *arena, const struct cel_node *node)
{
    struct buf path = {0};
    struct span text = {0};
    if (is_string(node)) {
        return node->constant.text;
    }
    if (append_path(&path, node) && path.len > 0) {
        text = arena_copy(arena, buf_view(&path));
    }
    buf_deinit(&path);
    return text;
}

/* changed(new.a, 'b.c') becomes changed("a", "b.c"). */
static struct cel_node *expand_changed(const void *context, struct arena *arena,
                                       struct cel_node *call, struct cel_issues *issues)
{
    (void)context;
    if (call->argument_count == 0) {
        cel_issue_add(issues, false, call->offset, call->length,
                      SPAN("changed(new.price), changed('price', 'name'); changes() lists all"),
                      "changed() wants the attributes that may have changed");
    }
    for (size_t i = 0; i < call->argument_count; i++) {
        struct cel_node *argument = call->arguments[i];
        struct span path = path_of(arena, argument);
        if (path.len == 0) {
            cel_issue_add(issues, false, argument->offset, argument->length,
                          SPAN("write changed(new.price) or changed('price')"),
                          "changed() takes names of attributes");
            continue;
        }
        call->arguments[i] = cel_node_constant(arena, argument, value_string(path));
    }
    return NULL;
}

static size_t lookup_index(const struct plan_lookup_names *lookups, struct span name)
{
    size_t i = 0;
    while (i < lookups->count && !span_equals(lookups->items[i], name)) {
        i++;
    }
    return i;
}

static void refuse_lookup(const struct plan_lookup_names *lookups, const struct cel_node *name,
                          struct cel_issues *issues)
{
    struct span word = name->constant.text;
    struct span nearest = diag_nearest(word, lookups->items, lookups->count);
    struct span hint = SPAN("add a document of kind Lookup with this id");
    if (nearest.len) {
        hint = arena_printf(issues->arena, "did you mean '%.*s'?", SPAN_ARG(nearest));
    }
    cel_issue_add(issues, false, name->offset, name->length, hint, "there is no Lookup '%.*s'",
                  SPAN_ARG(word));
}

/* lookup('promotions', key) becomes lookup(3, key). */
static struct cel_node *expand_lookup(const void *context, struct arena *arena,
                                      struct cel_node *call, struct cel_issues *issues)
{
    const struct plan_lookup_names *lookups = context;
    if (call->argument_count != 2 || !is_string(call->arguments[0])) {
        cel_issue_add(issues, false, call->offset, call->length,
                      SPAN("write lookup('promotions', keys.sku)"),
                      "%.*s() wants the name of a Lookup in quotes, and a key",
                      SPAN_ARG(call->name));
        return NULL;
    }
    size_t index = lookup_index(lookups, call->arguments[0]->constant.text);
    if (index == lookups->count) {
        refuse_lookup(lookups, call->arguments[0], issues);
        return NULL;
    }
    call->arguments[0] =
        cel_node_constant(arena, call->arguments[0], value_int(lookups->indexes[index]));
    return NULL;
}

static void add_macro(struct cel_env *env, struct span name, const void *context,
                      struct cel_node *(*expand)(const void *, struct arena *, struct cel_node *,
                                                 struct cel_issues *))
{
    cel_env_add_macro(env, &(struct cel_macro){.name = name, .expand = expand, .context = context});
}

/* The row of lookup(3, key); NULL where the name was refused. */
static const struct cel_type *row_of(const struct plan_lookup_rows *rows,
                                     const struct cel_node *call)
{
    const struct cel_node *index = call->argument_count ? call->arguments[0] : NULL;
    bool known = rows && index && index->kind == CEL_NODE_CONSTANT &&
                 index->constant.kind == VALUE_INT &&
                 (size_t)index->constant.integer < rows->count;
    return known ? rows->items[index->constant.integer] : NULL;
}

/* What the two functions give; a plan has one. */
struct lookup_results {
    const struct plan_lookup_rows *rows;
    struct arena *arena;
};

static const struct cel_type *result_of_lookup(const void *context, const struct cel_node *call)
{
    const struct lookup_results *results = context;
    const struct cel_type *row = row_of(results->rows, call);
    return row ? cel_type_optional(results->arena, row) : NULL;
}

static const struct cel_type *result_of_lookup_all(const void *context,
                                                   const struct cel_node *call)
{
    const struct lookup_results *results = context;
    const struct cel_type *row = row_of(results->rows, call);
    return row ? cel_type_list(results->arena, row) : NULL;
}

/* Where the columns are not known, rows are maps of anything. */
static void add_lookup_functions(struct cel_env *env, const struct plan_lookup_rows *rows,
                                 struct arena *arena)
{
    const struct cel_type *row = cel_type_map(arena, cel_type_simple(CEL_TYPE_STRING),
                                              cel_type_simple(CEL_TYPE_DYN));
    struct lookup_results *results = arena_alloc(arena, sizeof *results);
    *results = (struct lookup_results){rows, arena};
    cel_env_add_function(env, &(struct cel_function){.name = SPAN("lookup"),
                                                     .result = cel_type_optional(arena, row),
                                                     .result_of = result_of_lookup,
                                                     .context = results,
                                                     .host_call = PLAN_CALL_LOOKUP,
                                                     .cost = LOOKUP_COST});
    cel_env_add_function(env, &(struct cel_function){.name = SPAN("lookup_all"),
                                                     .result = cel_type_list(arena, row),
                                                     .result_of = result_of_lookup_all,
                                                     .context = results,
                                                     .host_call = PLAN_CALL_LOOKUP_ALL,
                                                     .cost = LOOKUP_COST});
}

static void add_function(struct cel_env *env, struct span name, const struct cel_type *result,
                         enum plan_call call, uint32_t cost)
{
    cel_env_add_function(env, &(struct cel_function){.name = name, .result = result,
                                                     .host_call = call, .cost = cost});
}

void plan_macros_add(struct cel_env *env, const struct plan_lookup_rows *rows,
                     struct arena *arena)
{
    const struct cel_type *text = cel_type_simple(CEL_TYPE_STRING);
    add_function(env, SPAN("changed"), cel_type_simple(CEL_TYPE_BOOL), PLAN_CALL_CHANGED,
                 CHANGED_COST);
    add_lookup_functions(env, rows, arena);
    static const struct cel_type *const none[1];
    cel_env_add_function(env, &(struct cel_function){.name = SPAN("changes"),
                                                     .result = cel_type_list(arena, text),
                                                     .parameters = none,
                                                     .host_call = PLAN_CALL_CHANGES,
                                                     .cost = CHANGED_COST});
    add_macro(env, SPAN("changed"), NULL, expand_changed);
}

void plan_macros_add_lookups(struct cel_env *env, const struct plan_lookup_names *lookups)
{
    add_macro(env, SPAN("lookup"), lookups, expand_lookup);
    add_macro(env, SPAN("lookup_all"), lookups, expand_lookup);
}
