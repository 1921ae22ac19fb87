/* plan_build.c: the order of the steps: lists, lookups, names, definitions, policies, then the
 * programs behind computed slots, tests, and what programs share. */
#include "policy/plan/plan_build.h"

#include "policy/document/correlation_chain.h"
#include "policy/plan/plan_env.h"
#include "policy/plan/plan_feed.h"
#include "policy/plan/plan_lookups.h"
#include "policy/plan/plan_named.h"
#include "policy/plan/plan_owner.h"
#include "policy/plan/plan_params.h"
#include "policy/plan/plan_policy.h"
#include "policy/plan/plan_tests.h"
#include "policy/plan/plan_version.h"
#include "policy/document/report.h"

static const struct value no_params = {.kind = VALUE_MAP};

struct expression_context plan_builder_context(struct plan_builder *builder,
                                               const struct cel_env *env,
                                               const struct value *params)
{
    return (struct expression_context){
        .env = env,
        .slots = builder->slots,
        .arena = builder->arena,
        .diags = builder->diags,
        .params = params,
        .programs = &builder->programs,
        .lists = &builder->lists,
    };
}

void plan_builder_add_slot(struct plan_builder *builder, const struct plan_slot_program *program)
{
    if (builder->slot_program_count == builder->slot_program_capacity) {
        size_t capacity = builder->slot_program_capacity ? builder->slot_program_capacity * 2 : 16;
        struct plan_slot_program *larger = arena_array(builder->arena, capacity, sizeof *larger);
        if (builder->slot_program_count) {
            memcpy(larger, builder->slot_programs, builder->slot_program_count * sizeof *larger);
        }
        builder->slot_programs = larger;
        builder->slot_program_capacity = capacity;
    }
    builder->slot_programs[builder->slot_program_count++] = *program;
}

static void build_lists(struct plan_builder *builder)
{
    size_t count = 0;
    const struct list_doc *docs = policy_set_lists(builder->set, &count);
    struct value_entry *entries = arena_array(builder->arena, count, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        entries[i].key = value_string(docs[i].id.text);
        if (docs[i].values && yaml_value(docs[i].values, builder->arena, builder->diags,
                                         &entries[i].value) != STATUS_OK) {
            entries[i].value = value_null(); /* refused already */
        }
    }
    builder->lists = (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}

static size_t count_definitions(const struct plan_builder *builder)
{
    size_t sum = 0;
    size_t count = 0;
    const struct definitions_doc *docs = policy_set_definitions(builder->set, &count);
    for (size_t i = 0; i < count; i++) {
        sum += docs[i].definitions.count;
    }
    return sum;
}

static void add_definitions(struct named_scope *scope, const struct definitions_doc *doc)
{
    const struct named_doc *items = doc->definitions.items;
    for (size_t i = 0; i < doc->definitions.count; i++) {
        const struct field_text *name = &items[i].record.key;
        const struct field_text *text = &items[i].expression;
        struct expression expression = {text->text, text->node, 0};
        if (text->node) {
            struct named_expression item = {name->text, name->node, expression};
            scope->items[scope->count++] = item;
        }
    }
}

static void build_definitions(struct plan_builder *builder)
{
    size_t count = 0;
    const struct definitions_doc *docs = policy_set_definitions(builder->set, &count);
    struct named_scope scope = {.record = "defs", .root = PLAN_ROOT_DEFS, .env = builder->env};
    scope.items = arena_array(builder->arena, count_definitions(builder), sizeof *scope.items);
    for (size_t i = 0; i < count; i++) {
        add_definitions(&scope, &docs[i]);
    }
    struct expression_context context = plan_builder_context(builder, builder->env, &no_params);
    plan_named_compile(builder, &context, &scope);
}

static void build_facts(const struct plan_builder *builder, struct plan *plan)
{
    size_t count = 0;
    const struct policy_doc *docs = policy_set_policies(builder->set, &count);
    struct plan_policy_facts *facts = arena_array(builder->arena, count, sizeof *facts);
    for (size_t i = 0; i < count; i++) {
        facts[i].name = docs[i].name.text;
        facts[i].owner = docs[i].owner.text;
        facts[i].file = arena_copy(builder->arena, docs[i].record.node->source->file);
    }
    plan->owner->facts = facts;
    struct policy_set *documents = arena_alloc(builder->arena, sizeof *documents);
    *documents = *builder->set;
    documents->diags = NULL; /* it ends before the plan does */
    plan->owner->documents = documents;
}

static bool is_everything(const struct plan_policy *policy, const struct plan_keys *keys)
{
    if (policy->source == PLAN_SOURCE_API_CALL) {
        return policy->mode != PLAN_MODE_DISABLED && !keys->call.services.given &&
               !keys->call.operations.given && !keys->call.tables.given;
    }
    return keys->change.any_table && keys->change.operations;
}

static void warn_of_everything(const struct plan_builder *builder,
                               const struct plan_policy *policies, const struct plan_keys *keys,
                               size_t count)
{
    size_t policy_count = 0;
    const struct policy_doc *docs = policy_set_policies(builder->set, &policy_count);
    for (size_t i = 0; i < count && builder->diags->errors == 0; i++) {
        bool calls = policies[i].source == PLAN_SOURCE_API_CALL;
        if (is_everything(&policies[i], &keys[i])) {
            report_warning(builder->diags, calls ? "all-calls" : "all-tables",
                           yaml_place(docs[i].id.node),
                           calls ? SPAN("name services or operations: services: [dynamodb]")
                                 : SPAN("name them: match: {tables: [orders]}"),
                           "the policy looks at %s",
                           calls ? "all API calls" : "the changes of all tables");
        }
    }
}

static void build_indexes(const struct plan_builder *builder, struct plan *plan,
                          const struct plan_keys *keys)
{
    size_t count = plan->policy_count;
    struct plan_index_key *changes = arena_array(builder->arena, count, sizeof *changes);
    struct plan_call_key *calls = arena_array(builder->arena, count, sizeof *calls);
    size_t call_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct plan_policy *policy = &plan->policies[i];
        changes[i] = keys[i].change;
        if (policy->source == PLAN_SOURCE_API_CALL && policy->mode != PLAN_MODE_DISABLED) {
            calls[call_count++] = keys[i].call;
        }
    }
    plan->index = plan_index_new(builder->arena, changes, count);
    plan->calls = plan_calls_new(builder->arena, calls, call_count);
}

/* Whether it is over others' findings, and among these some of correlations: 0, 1 or 2. */
static int depth_of(const struct plan_builder *builder, const struct policy_doc *doc)
{
    bool over = correlation_is_over_policies(&doc->correlation);
    return over + (over && correlation_is_chain(builder->set, &doc->correlation));
}

/* Those over others' findings last: they are compiled for each of the others. */
static void build_each(struct plan_builder *builder, struct plan_policy *policies,
                       struct plan_keys *keys)
{
    size_t count = 0;
    const struct policy_doc *docs = policy_set_policies(builder->set, &count);
    for (int depth = 0; depth <= 2; depth++) {
        for (uint32_t i = 0; i < count; i++) {
            if (depth_of(builder, &docs[i]) != depth) {
                continue;
            }
            if (depth == 0) {
                plan_policy_build(builder, i, &policies[i], &keys[i]);
            } else {
                keys[i].change.policy = i; /* of no table: it is no candidate itself */
                plan_feed_build(builder, i, policies);
            }
        }
    }
}

static void build_policies(struct plan_builder *builder, struct plan *plan)
{
    size_t count = 0;
    policy_set_policies(builder->set, &count);
    struct plan_policy *policies = arena_array(builder->arena, count, sizeof *policies);
    struct plan_keys *keys = arena_array(builder->arena, count, sizeof *keys);
    builder->finding_envs = arena_array(builder->arena, count, sizeof *builder->finding_envs);
    builder->views = arena_array(builder->arena, count, sizeof *builder->views);
    build_each(builder, policies, keys);
    plan->policies = policies;
    plan->policy_count = count;
    build_indexes(builder, plan, keys);
    warn_of_everything(builder, policies, keys, count);
    plan->revision = plan_version_revision(builder, policies, count);
}

/* Slots that programs compute; all others come from the change. */
static void build_slot_programs(struct plan_builder *builder, struct plan *plan)
{
    for (size_t i = 0; i < builder->slot_program_count; i++) {
        const struct plan_slot_program *item = &builder->slot_programs[i];
        cel_slots_intern(builder->slots, item->root, item->name);
    }
    const struct cel_program **programs =
        arena_array(builder->arena, cel_slots_count(builder->slots), sizeof *programs);
    for (size_t i = 0; i < builder->slot_program_count; i++) {
        const struct plan_slot_program *item = &builder->slot_programs[i];
        programs[cel_slots_intern(builder->slots, item->root, item->name)] = item->program;
    }
    plan->slots = builder->slots;
    plan->slot_programs = programs;
}

struct plan *plan_build(const struct policy_set *set, const struct plan_options *options)
{
    struct plan_builder builder = {
        .set = set, .options = options, .arena = set->arena, .diags = set->diags};
    struct plan *plan = plan_new(set->arena);
    builder.slots = cel_slots_new(set->arena);
    build_lists(&builder);
    plan_lookups_build(&builder);
    plan_env_init(&builder);
    plan_params_check(&builder);
    build_definitions(&builder);
    build_policies(&builder, plan);
    build_slot_programs(&builder, plan);
    plan_feed_hide(&builder, plan);
    build_facts(&builder, plan);
    plan->lookups = builder.lookups;
    plan->lookup_count = builder.lookup_count;
    plan->mask_key = arena_copy(set->arena, options->mask_key);
    plan_tests_build(&builder, plan);
    cel_programs_share(builder.slots, builder.programs.items, builder.programs.count);
    return plan;
}
