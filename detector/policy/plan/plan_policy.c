/* plan_policy.c: the expressions of one policy, then its masks, attributes, and what the index
 * needs to find it. Variables come first, since all else may read them. */
#include "policy/plan/plan_policy.h"

#include "policy/plan/plan_env.h"
#include "policy/plan/plan_guard.h"
#include "policy/plan/plan_grace.h"
#include "policy/plan/plan_lookups.h"
#include "policy/plan/plan_named.h"
#include "policy/plan/plan_params.h"
#include "policy/plan/plan_static.h"
#include "policy/plan/plan_version.h"
#include "policy/plan/plan_witness.h"
#include "policy/plan/plan_worth.h"

static struct expression whole(const struct field_text *text)
{
    return (struct expression){text->text, text->node, 0};
}

static void build_variables(const struct plan_making *making, struct cel_env *env, uint32_t policy)
{
    const struct named_doc *docs = making->doc->variables.items;
    size_t count = making->doc->variables.count;
    struct arena *arena = making->builder->arena;
    struct named_scope scope = {.record = "variables", .root = PLAN_ROOT_VARIABLES + policy,
                                .env = env};
    scope.items = arena_array(arena, count, sizeof *scope.items);
    for (size_t i = 0; i < count; i++) {
        if (docs[i].name.node && docs[i].expression.node) {
            scope.items[scope.count++] = (struct named_expression){
                docs[i].name.text, docs[i].name.node, whole(&docs[i].expression)};
        }
    }
    plan_named_compile(making->builder, &making->context, &scope);
}

static void build_attributes(const struct plan_making *making)
{
    const struct field_texts *docs = &making->doc->match.attributes_changed;
    struct span *names = arena_array(making->builder->arena, docs->count, sizeof *names);
    for (size_t i = 0; i < docs->count; i++) {
        names[i] = docs->items[i].text;
    }
    making->out->attributes_changed = names;
    making->out->attributes_changed_count = docs->count;
}

/* A bit for each operation; all of them when the policy names none. */
static uint32_t operations_of(const struct field_texts *texts)
{
    uint32_t operations = texts->node ? 0 : PLAN_OPERATIONS_ALL;
    for (size_t i = 0; i < texts->count; i++) {
        enum change_op op;
        operations |= change_op_parse(texts->items[i].text, &op) ? 1U << op : 0;
    }
    return operations;
}

static bool is_pattern(struct span table)
{
    return memchr(table.ptr, '*', table.len) || memchr(table.ptr, '?', table.len);
}

/* Whether `match.tables` lets a table through. */
static bool match_admits(const struct field_texts *tables, struct span table)
{
    bool admits = tables->node == NULL;
    for (size_t i = 0; i < tables->count; i++) {
        admits |= span_matches_glob(table, tables->items[i].text);
    }
    return admits;
}

static void tables_of_match(const struct field_texts *tables, struct span *exact,
                            struct span *patterns, struct plan_index_key *key)
{
    key->any_table = tables->node == NULL;
    for (size_t i = 0; i < tables->count; i++) {
        struct span table = tables->items[i].text;
        if (is_pattern(table)) {
            patterns[key->pattern_count++] = table;
        } else {
            exact[key->table_count++] = table;
        }
    }
}

/* The tables that the condition names, as far as `match` admits them. */
static void tables_of_witness(const struct field_texts *tables, const struct plan_witness *witness,
                              struct span *exact, struct plan_index_key *key)
{
    for (size_t i = 0; i < witness->tables.count; i++) {
        if (match_admits(tables, witness->tables.items[i])) {
            exact[key->table_count++] = witness->tables.items[i];
        }
    }
}

static void build_key(const struct plan_making *making, uint32_t policy, struct plan_index_key *key)
{
    const struct match_doc *match = &making->doc->match;
    struct arena *arena = making->builder->arena;
    struct plan_witness witness = plan_witness_find(making->out->condition, arena);
    size_t capacity = match->tables.count + witness.tables.count;
    struct span *exact = arena_array(arena, capacity, sizeof *exact);
    struct span *patterns = arena_array(arena, match->tables.count, sizeof *patterns);
    *key = (struct plan_index_key){.policy = policy, .tables = exact, .patterns = patterns};
    /* The condition names tables exactly where `match` may give patterns only: fewer candidates. */
    if (witness.tables.given) {
        tables_of_witness(&match->tables, &witness, exact, key);
    } else {
        tables_of_match(&match->tables, exact, patterns, key);
    }
    key->operations = operations_of(&match->operations) & witness.operations;
    /* of no operation: it is checked and listed, and never a candidate */
    if (making->out->mode == PLAN_MODE_DISABLED ||
        making->out->source != PLAN_SOURCE_ITEM_CHANGE) {
        key->operations = 0;
    }
}

/* What the condition lets through, whether or not it can be compiled for all changes. */
static const struct cel_program *compile_quietly(const struct plan_making *making)
{
    struct diag_list ignored = diag_list_in(making->builder->arena);
    struct expression_context quiet = making->context;
    quiet.diags = &ignored; /* the condition is compiled in earnest after the variables */
    quiet.programs = NULL;
    const struct field_text *text = &making->doc->condition;
    return text->node ? expression_compile(&quiet, whole(text)) : NULL;
}

/* `env` is what changes of any table and operation have; what is computed only for findings of the
 * condition may rely on what it asks for, the condition itself may not. */
static void build_expressions(struct plan_making *making, struct cel_env *env, uint32_t policy)
{
    struct arena *arena = making->builder->arena;
    struct cel_env *matched = cel_env_extend(env, arena);
    plan_env_add_match(matched, &making->doc->match, arena);
    making->context.env = matched;
    const struct cel_program *condition = compile_quietly(making);
    making->builder->finding_envs[policy] = plan_guard_env(env, condition, arena);
    struct plan_making findings = *making;
    findings.context.env = plan_guard_env(matched, condition, arena);
    build_variables(&findings, env, policy);
    if (making->doc->condition.node) {
        making->out->condition =
            expression_compile_bool(&making->context, whole(&making->doc->condition));
    }
    plan_worth_compile(&findings);
}

/* Texts of a match as the index of calls keeps them. */
static struct plan_names names_of(const struct field_texts *texts, bool any_case,
                                  struct arena *arena)
{
    struct span *items = arena_array(arena, texts->count, sizeof *items);
    for (size_t i = 0; i < texts->count; i++) {
        items[i] = any_case ? plan_calls_lower(texts->items[i].text, arena)
                            : texts->items[i].text;
    }
    return (struct plan_names){texts->node != NULL, items, texts->count};
}

/* A call without tables has the empty one for the condition, and none for the index. */
static bool holds_empty(const struct plan_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (names->items[i].len == 0) {
            return true;
        }
    }
    return false;
}

/* Those of a match; where the condition names some exactly, those of them that `match` admits. */
static struct plan_names narrowed(const struct field_texts *texts, bool any_case,
                                  const struct plan_names *witness, struct arena *arena)
{
    struct plan_names names = names_of(texts, any_case, arena);
    if (!witness->given || holds_empty(witness)) {
        return names;
    }
    struct span *items = arena_array(arena, witness->count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < witness->count; i++) {
        struct span name =
            any_case ? plan_calls_lower(witness->items[i], arena) : witness->items[i];
        bool admitted = !names.given;
        for (size_t k = 0; k < names.count; k++) {
            admitted |= span_matches_glob(name, names.items[k]);
        }
        if (admitted) {
            items[count++] = name;
        }
    }
    return (struct plan_names){true, items, count};
}

static void build_call_key(const struct plan_making *making, uint32_t policy,
                           struct plan_call_key *key)
{
    const struct match_doc *match = &making->doc->match;
    struct arena *arena = making->builder->arena;
    struct plan_witness witness = plan_witness_find(making->out->condition, arena);
    *key = (struct plan_call_key){
        .policy = policy,
        .services = narrowed(&match->services, true, &witness.call_services, arena),
        .operations = narrowed(&match->operations, true, &witness.call_operations, arena),
        .tables = narrowed(&match->tables, false, &witness.tables, arena),
    };
}

void plan_policy_build(struct plan_builder *builder, uint32_t policy, struct plan_policy *out,
                       struct plan_keys *keys)
{
    size_t count = 0;
    size_t first_program = builder->programs.count;
    const struct policy_doc *doc = &policy_set_policies(builder->set, &count)[policy];
    struct value *params = arena_alloc(builder->arena, sizeof *params);
    *params = plan_params_of(builder, doc);
    struct cel_env *env = plan_env_of_policy(builder, policy, params, &doc->variables);
    plan_env_add_attributes(env, &doc->attributes, builder->arena);
    plan_macros_add_lookups(env, plan_lookups_of_policy(builder, doc));
    struct plan_making making = {builder, doc, plan_builder_context(builder, env, params), out,
                                 NULL};
    out->source = (enum plan_source)doc->match.source.value;
    making.context.items = out->source == PLAN_SOURCE_ITEM_CHANGE;
    making.context.calls = out->source == PLAN_SOURCE_API_CALL;
    plan_worth_set(&making);
    build_expressions(&making, env, policy);
    build_attributes(&making);
    build_key(&making, policy, &keys->change);
    build_call_key(&making, policy, &keys->call);
    plan_version_of(builder, doc, params, out);
    out->grace_us = plan_grace_of(builder, first_program);
    out->static_body =
        plan_static_body(doc, &out->version, builder->options->runbook_base, builder->arena);
}
