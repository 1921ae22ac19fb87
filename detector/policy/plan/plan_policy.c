/* plan_policy.c: the expressions of one policy, then its masks, attributes, and what the index
 * needs to find it. Variables come first, since all else may read them. */
#include "policy/plan/plan_policy.h"

#include "policy/plan/mask.h"
#include "policy/plan/plan_env.h"
#include "policy/plan/plan_guard.h"
#include "policy/plan/plan_lookups.h"
#include "policy/plan/plan_named.h"
#include "policy/plan/plan_params.h"
#include "policy/plan/plan_static.h"
#include "policy/plan/plan_version.h"
#include "policy/plan/plan_witness.h"
#include "policy/document/policy_check.h"
#include "policy/document/report.h"
#include "policy/plan/template.h"

/* A policy on its way. */
struct building {
    struct plan_builder *builder;
    const struct policy_doc *doc;
    struct expression_context context;
    struct plan_policy *out;
};

static struct expression whole(const struct field_text *text)
{
    return (struct expression){text->text, text->node, 0};
}

/* NULL for a text that was not given or cannot be compiled. */
static const struct cel_program *compile(const struct building *building,
                                         const struct field_text *text)
{
    return text->node ? expression_compile(&building->context, whole(text)) : NULL;
}

static const struct cel_program *compile_bool(const struct building *building,
                                              const struct field_text *text)
{
    return text->node ? expression_compile_bool(&building->context, whole(text)) : NULL;
}

static void build_variables(const struct building *building, struct cel_env *env, uint32_t policy)
{
    const struct named_doc *docs = building->doc->variables.items;
    size_t count = building->doc->variables.count;
    struct arena *arena = building->builder->arena;
    struct named_scope scope = {.record = "variables", .root = PLAN_ROOT_VARIABLES + policy,
                                .env = env};
    scope.items = arena_array(arena, count, sizeof *scope.items);
    for (size_t i = 0; i < count; i++) {
        if (docs[i].name.node && docs[i].expression.node) {
            scope.items[scope.count++] = (struct named_expression){
                docs[i].name.text, docs[i].name.node, whole(&docs[i].expression)};
        }
    }
    plan_named_compile(building->builder, &building->context, &scope);
}

static void build_severity(const struct building *building)
{
    const struct severity_doc *doc = &building->doc->severity;
    building->out->severity = (enum plan_severity)doc->word.value;
    const struct cel_program *program = compile(building, &doc->expression);
    if (program && !expression_may_be(cel_program_type(program), CEL_TYPE_STRING)) {
        report_error(building->builder->diags, yaml_place_in(doc->expression.node, 0, 1),
                     SPAN("critical, high, medium, low, informational"),
                     "a severity is one of five words");
    }
    building->out->severity_program = program;
}

/* Where there is a correlation, its groups are those of the episodes too. */
static const struct field_texts *groups_of(const struct policy_doc *doc)
{
    bool own = doc->correlation.group_by.node != NULL;
    return own ? &doc->correlation.group_by : &doc->suppression.group_by;
}

static void build_group(const struct building *building)
{
    const struct suppression_doc *doc = &building->doc->suppression;
    const struct field_texts *group_by = groups_of(building->doc);
    struct plan_policy *out = building->out;
    size_t count = group_by->count;
    const struct cel_program **programs =
        arena_array(building->builder->arena, count, sizeof *programs);
    for (size_t i = 0; i < count; i++) {
        programs[i] = compile(building, &group_by->items[i]);
    }
    out->group_by = programs;
    out->group_by_count = count;
    out->group_by_given = group_by->node != NULL;
    out->each_finding = doc->none.value == 1;
    out->episode_us = out->each_finding ? 0 : doc->duration.number;
    out->summary = doc->summary.truth;
}

/* One for `field`, or one for each of `fields`; what is absent is skipped and counted. */
static void build_fields(const struct building *building)
{
    const struct correlation_doc *doc = &building->doc->correlation;
    struct building quiet = *building;
    quiet.context.quiet_warnings = true;
    size_t count = doc->field.node ? 1 : doc->fields.count;
    const struct field_text *texts = doc->field.node ? &doc->field : doc->fields.items;
    const struct cel_program **programs =
        arena_array(building->builder->arena, count, sizeof *programs);
    for (size_t i = 0; i < count; i++) {
        programs[i] = compile(&quiet, &texts[i]);
    }
    building->out->fields = programs;
    building->out->field_count = count;
}

/* Finding ids are remembered for ten minutes, or as long as the policy looks back. */
static void build_correlation(const struct building *building)
{
    static const int64_t horizon_us = INT64_C(600) * 1000000;
    struct plan_policy *out = building->out;
    out->horizon_us = horizon_us;
    build_fields(building);
    if (!building->doc->correlation.type.node || building->builder->diags->errors > 0) {
        return;
    }
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    struct correlation correlation = policy_correlation_of(&building->doc->correlation);
    int64_t back_us = correlation_end_us(&correlation, 0);
    correlation_write_json(&correlation, &writer);
    out->field_is_number = correlation.type == CORRELATION_VALUE_SUM;
    out->correlation = arena_copy(building->builder->arena, buf_view(&text));
    /* a value that comes twice is no news by itself */
    bool looks_back = correlation.type != CORRELATION_NEW_TERMS && back_us > horizon_us;
    out->horizon_us = looks_back ? back_us : horizon_us;
    buf_deinit(&text);
}

static struct plan_exception build_exception(const struct building *building,
                                             const struct exception_doc *doc)
{
    return (struct plan_exception){
        .name = doc->name.node ? doc->name.text : doc->id.text,
        .owner = doc->owner.text,
        .reason = doc->reason.text,
        .expires_us = doc->expires.node ? doc->expires.number : INT64_MAX,
        .condition = compile_bool(building, &doc->condition),
    };
}

static void build_exceptions(const struct building *building)
{
    size_t document_count = 0;
    const struct exception_doc *documents =
        policy_set_exceptions(building->builder->set, &document_count);
    const struct exception_doc *own = building->doc->exceptions.items;
    size_t own_count = building->doc->exceptions.count;
    struct plan_exception *exceptions = arena_array(building->builder->arena,
                                                    own_count + document_count, sizeof *exceptions);
    size_t count = 0;
    for (size_t i = 0; i < own_count; i++) {
        exceptions[count++] = build_exception(building, &own[i]);
    }
    for (size_t i = 0; i < document_count; i++) {
        if (span_equals(documents[i].policy.text, building->doc->id.text)) {
            exceptions[count++] = build_exception(building, &documents[i]);
        }
    }
    building->out->exceptions = exceptions;
    building->out->exception_count = count;
}

static struct plan_template build_template(const struct building *building,
                                           const struct field_text *text)
{
    if (!text->node) {
        return (struct plan_template){0};
    }
    return template_compile(&building->context, text->text, text->node);
}

/* Without a title of its own an alert is called as its policy. */
static struct plan_template default_title(const struct building *building)
{
    const struct policy_doc *doc = building->doc;
    struct plan_template_part *part = arena_alloc(building->builder->arena, sizeof *part);
    part->literal = doc->name.node ? doc->name.text : doc->id.text;
    return (struct plan_template){part, 1};
}

static void build_steps(const struct building *building)
{
    const struct field_texts *docs = &building->doc->alert.steps;
    struct plan_template *steps = arena_array(building->builder->arena, docs->count, sizeof *steps);
    for (size_t i = 0; i < docs->count; i++) {
        steps[i] = build_template(building, &docs->items[i]);
    }
    building->out->steps = steps;
    building->out->step_count = docs->count;
}

static void build_context(const struct building *building)
{
    const struct named_doc *docs = building->doc->alert.context.items;
    size_t count = building->doc->alert.context.count;
    struct plan_context *context = arena_array(building->builder->arena, count, sizeof *context);
    struct building quiet = *building;
    quiet.context.quiet_warnings = true; /* what is absent is left out of the alert */
    for (size_t i = 0; i < count; i++) {
        context[i].name = docs[i].record.key.text;
        context[i].program = compile(&quiet, &docs[i].expression);
    }
    building->out->context = context;
    building->out->context_count = count;
}

static void build_alert(const struct building *building)
{
    const struct alert_doc *doc = &building->doc->alert;
    building->out->title =
        doc->title.node ? build_template(building, &doc->title) : default_title(building);
    building->out->description = build_template(building, &doc->description);
    build_steps(building);
    build_context(building);
}

static void build_masks(const struct building *building)
{
    const struct mask_doc *docs = building->doc->mask.items;
    size_t count = building->doc->mask.count;
    struct plan_mask *masks = arena_array(building->builder->arena, count, sizeof *masks);
    size_t good = 0;
    for (size_t i = 0; i < count; i++) {
        good += mask_parse(&docs[i].record.key, (enum plan_mask_kind)docs[i].kind.value,
                           building->builder->arena, building->builder->diags, &masks[good]);
    }
    building->out->masks = masks;
    building->out->mask_count = good;
}

static void build_attributes(const struct building *building)
{
    const struct field_texts *docs = &building->doc->match.attributes_changed;
    struct span *names = arena_array(building->builder->arena, docs->count, sizeof *names);
    for (size_t i = 0; i < docs->count; i++) {
        names[i] = docs->items[i].text;
    }
    building->out->attributes_changed = names;
    building->out->attributes_changed_count = docs->count;
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

static void build_key(const struct building *building, uint32_t policy, struct plan_index_key *key)
{
    const struct match_doc *match = &building->doc->match;
    struct arena *arena = building->builder->arena;
    struct plan_witness witness = plan_witness_find(building->out->condition, arena);
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
    if (building->out->mode == PLAN_MODE_DISABLED ||
        building->out->source != PLAN_SOURCE_ITEM_CHANGE) {
        key->operations = 0;
    }
}

/* The names for what is computed only for findings of the condition, or by it. */
static struct cel_env *env_of_findings(const struct building *building, const struct cel_env *env)
{
    struct diag_list ignored = diag_list_in(building->builder->arena);
    struct building quiet = *building;
    quiet.context.diags = &ignored; /* the condition is compiled in earnest after the variables */
    quiet.context.programs = NULL;
    const struct cel_program *condition = compile(&quiet, &building->doc->condition);
    return plan_guard_env(env, condition, building->builder->arena);
}

static void build_expressions(struct building *building, struct cel_env *env, uint32_t policy)
{
    building->context.env = env_of_findings(building, env);
    build_variables(building, env, policy);
    struct building condition = *building;
    /* the condition itself may not rely on what it asks for */
    condition.context.env = env;
    building->out->condition = compile_bool(&condition, &building->doc->condition);
    build_severity(building);
    build_group(building);
    build_correlation(building);
    build_exceptions(building);
    build_alert(building);
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

static void build_call_key(const struct building *building, uint32_t policy,
                           struct plan_call_key *key)
{
    const struct match_doc *match = &building->doc->match;
    struct arena *arena = building->builder->arena;
    struct plan_witness witness = plan_witness_find(building->out->condition, arena);
    *key = (struct plan_call_key){
        .policy = policy,
        .services = narrowed(&match->services, true, &witness.call_services, arena),
        .operations = narrowed(&match->operations, true, &witness.call_operations, arena),
        .tables = narrowed(&match->tables, false, &witness.tables, arena),
    };
}

static enum plan_mode mode_of(const struct plan_builder *builder, const struct policy_doc *doc)
{
    enum plan_mode mode = (enum plan_mode)doc->mode.value;
    bool raised = mode == PLAN_MODE_SHADOW && builder->options->enforce_shadows;
    return raised ? PLAN_MODE_ENFORCE : mode;
}

void plan_policy_build(struct plan_builder *builder, uint32_t policy, struct plan_policy *out,
                       struct plan_keys *keys)
{
    size_t count = 0;
    const struct policy_doc *doc = &policy_set_policies(builder->set, &count)[policy];
    struct value *params = arena_alloc(builder->arena, sizeof *params);
    *params = plan_params_of(builder, doc);
    struct cel_env *env = plan_env_of_policy(builder, policy, params, &doc->variables);
    plan_env_add_attributes(env, &doc->attributes, builder->arena);
    plan_env_add_match(env, &doc->match, builder->arena);
    plan_macros_add_lookups(env, plan_lookups_of_policy(builder, doc));
    struct building building = {builder, doc, plan_builder_context(builder, env, params), out};
    out->id = doc->id.text;
    out->source = (enum plan_source)doc->match.source.value;
    building.context.calls = out->source == PLAN_SOURCE_API_CALL;
    out->mode = mode_of(builder, doc);
    out->failure = (enum plan_failure)doc->failure_policy.value;
    build_expressions(&building, env, policy);
    build_masks(&building);
    build_attributes(&building);
    build_key(&building, policy, &keys->change);
    build_call_key(&building, policy, &keys->call);
    plan_version_of(builder, doc, params, out);
    out->static_body =
        plan_static_body(doc, &out->version, builder->options->runbook_base, builder->arena);
}
