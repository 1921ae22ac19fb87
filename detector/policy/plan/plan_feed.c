/* plan_feed.c: the same texts compiled again and again, each time with the variables and aliases of
 * one policy. What any of the policies masks is masked in all that is shown. */
#include "policy/plan/plan_feed.h"

#include "policy/document/correlation_inputs.h"
#include "policy/document/report.h"
#include "policy/plan/plan_env.h"
#include "policy/plan/plan_grace.h"
#include "policy/plan/plan_lookups.h"
#include "policy/plan/plan_masks.h"
#include "policy/plan/plan_named.h"
#include "policy/plan/plan_params.h"
#include "policy/plan/plan_static.h"
#include "policy/plan/plan_version.h"
#include "policy/plan/plan_worth.h"

/* A correlation over others' findings on its way. */
struct feeding {
    struct plan_builder *builder;
    uint32_t policy;
    const struct policy_doc *doc;
    const struct value *params;
    struct correlation_inputs inputs;
    struct plan_policy *policies;
};

/* The place of a policy in the plan; false when there is none, which was reported. */
static bool place_of(const struct feeding *feeding, const struct correlation_input *input,
                     uint32_t *out)
{
    size_t count = 0;
    policy_set_policies(feeding->builder->set, &count);
    size_t at = policy_set_find(feeding->builder->set, input->policy->text);
    *out = (uint32_t)at;
    return at < count;
}

/* -- aliases */

/* Whether expressions mean something by the name already. */
static bool is_taken(const struct feeding *feeding, const struct cel_env *env, struct span name)
{
    struct cel_program *program = NULL;
    struct cel_issues issues = cel_issues_in(feeding->builder->arena);
    return cel_compile(env, name, feeding->builder->arena, &issues, &program) == STATUS_OK;
}

static const struct cel_program *compile_alias(const struct feeding *feeding,
                                               const struct expression_context *context,
                                               const struct yaml_node *text)
{
    struct expression_context quiet = *context;
    quiet.quiet_warnings = true; /* what is absent is skipped and counted */
    const struct cel_program *program =
        expression_compile(&quiet, (struct expression){text->text, text, 0});
    if (program && plan_named_depth(feeding->builder, program) >= NAMED_DEPTH_MAX) {
        report_error(context->diags, yaml_place(text), SPAN("write some of them as one expression"),
                     "definitions and variables read each other more than %d deep",
                     NAMED_DEPTH_MAX - 1);
    }
    return program;
}

/* Declares the names once all are compiled: they do not read each other. */
static struct cel_env *with_aliases(const struct feeding *feeding,
                                    const struct expression_context *context)
{
    struct plan_builder *builder = feeding->builder;
    const struct yaml_node *aliases = feeding->doc->correlation.aliases;
    struct cel_env *env = cel_env_extend(context->env, builder->arena);
    for (size_t i = 0; aliases && i < aliases->count; i++) {
        const struct yaml_node *name = aliases->entries[i].key;
        const struct yaml_node *text =
            correlation_alias_for(aliases->entries[i].value, context->findings_of);
        if (is_taken(feeding, context->env, name->text)) {
            report_error(builder->diags, yaml_place(name), SPAN("take another name"),
                         "'%.*s' means something in expressions already", SPAN_ARG(name->text));
            continue;
        }
        const struct cel_program *program =
            text && text->kind == YAML_KIND_SCALAR ? compile_alias(feeding, context, text) : NULL;
        uint32_t root = PLAN_ROOT_ALIASES + builder->alias_count++;
        cel_env_add_variable(env, name->text,
                             program ? cel_program_type(program) : cel_type_simple(CEL_TYPE_DYN),
                             root);
        if (program) {
            plan_builder_add_slot(builder, &(struct plan_slot_program){
                .root = root, .program = program,
                .depth = 1 + plan_named_depth(builder, program)});
        }
    }
    return env;
}

/* -- views */

static struct plan_policy *view_of(const struct feeding *feeding, uint32_t source)
{
    struct plan_builder *builder = feeding->builder;
    struct plan_policy *view = arena_alloc(builder->arena, sizeof *view);
    *view = feeding->policies[feeding->policy];
    struct cel_env *env =
        plan_env_of_feed(builder, builder->finding_envs[source], feeding->params);
    plan_macros_add_lookups(env, plan_lookups_of_policy(builder, feeding->doc));
    struct plan_making making = {builder, feeding->doc,
                                 plan_builder_context(builder, env, feeding->params), view};
    making.context.items = feeding->policies[source].source == PLAN_SOURCE_ITEM_CHANGE;
    making.context.calls = feeding->policies[source].source == PLAN_SOURCE_API_CALL;
    making.context.findings_of = feeding->policies[source].id;
    making.context.env = with_aliases(feeding, &making.context);
    plan_worth_compile(&making);
    return view;
}

/* A match is held back as long as whoever looks at it wants. */
static void wait_for_lookups(const struct feeding *feeding, size_t first_program, uint32_t source)
{
    int64_t grace_us = plan_grace_of(feeding->builder, first_program);
    struct plan_policy *policy = &feeding->policies[source];
    policy->grace_us = grace_us > policy->grace_us ? grace_us : policy->grace_us;
}

static void add_feed(const struct feeding *feeding, uint32_t source)
{
    struct plan_builder *builder = feeding->builder;
    struct plan_feeds *feeds = &builder->feeds[source];
    if (!feeds->items) {
        feeds->items = arena_array(builder->arena, builder->correlating, sizeof *feeds->items);
    }
    struct plan_feed *feed = &feeds->items[feeds->count++];
    size_t first_program = builder->programs.count;
    *feed = (struct plan_feed){.policy = feeding->policy, .view = view_of(feeding, source)};
    if (feed->view->mode == PLAN_MODE_DISABLED) { /* checked, and fed with nothing */
        feeds->count--;
    } else {
        wait_for_lookups(feeding, first_program, source);
    }
    feeding->policies[source].feeds = feeds->items;
    feeding->policies[source].feed_count = feeds->count;
}

/* Whether an earlier step named the same policy. */
static bool is_fed(const struct feeding *feeding, uint32_t source)
{
    const struct plan_feeds *feeds = &feeding->builder->feeds[source];
    return feeds->count > 0 && feeds->items[feeds->count - 1].policy == feeding->policy;
}

/* Errors of the texts themselves would be the same for each: they are told for the first. */
static void add_feeds(const struct feeding *feeding)
{
    size_t errors = feeding->builder->diags->errors;
    for (size_t i = 0; i < feeding->inputs.count; i++) {
        uint32_t source;
        bool known = place_of(feeding, &feeding->inputs.items[i], &source);
        if (known && feeding->builder->finding_envs[source] && !is_fed(feeding, source) &&
            feeding->builder->diags->errors == errors) {
            add_feed(feeding, source);
        }
    }
}

/* -- masks */

static bool same_path(const struct plan_mask *a, const struct plan_mask *b)
{
    bool same = a->root == b->root && a->kind == b->kind && a->path_length == b->path_length;
    for (size_t i = 0; i < a->path_length && same; i++) {
        same = span_equals(a->path[i], b->path[i]);
    }
    return same;
}

static void add_mask(struct plan_mask *masks, size_t *count, const struct plan_mask *mask)
{
    for (size_t i = 0; i < *count; i++) {
        if (same_path(&masks[i], mask)) {
            return;
        }
    }
    masks[(*count)++] = *mask;
}

/* Adds those of the policies to its own: where two concern one path, both are applied. */
static void gather_masks(const struct feeding *feeding)
{
    struct plan_policy *policy = &feeding->policies[feeding->policy];
    size_t capacity = policy->mask_count;
    uint32_t at;
    for (size_t i = 0; i < feeding->inputs.count; i++) {
        capacity += place_of(feeding, &feeding->inputs.items[i], &at)
                        ? feeding->policies[at].mask_count : 0;
    }
    struct plan_mask *masks = arena_array(feeding->builder->arena, capacity, sizeof *masks);
    size_t count = 0;
    for (size_t i = 0; i < policy->mask_count; i++) {
        add_mask(masks, &count, &policy->masks[i]);
    }
    for (size_t i = 0; i < feeding->inputs.count; i++) {
        bool known = place_of(feeding, &feeding->inputs.items[i], &at);
        for (size_t k = 0; known && k < feeding->policies[at].mask_count; k++) {
            add_mask(masks, &count, &feeding->policies[at].masks[k]);
        }
    }
    policy->masks = masks;
    policy->mask_count = count;
}

/* Equal keys must make equal groups, whichever policy found them: what masks change in one of them
 * is shown in none. */
static void hide_groups(const struct plan *plan, const struct plan_feed *feed, bool *hidden)
{
    for (size_t i = 0; i < feed->view->group_by_count; i++) {
        const struct cel_program *program = feed->view->group_by[i];
        hidden[i] = hidden[i] || plan_masks_read(plan, feed->view, program);
    }
}

void plan_feed_hide(const struct plan_builder *builder, const struct plan *plan)
{
    for (size_t i = 0; i < plan->policy_count && builder->diags->errors == 0; i++) {
        for (size_t k = 0; k < plan->policies[i].feed_count; k++) {
            const struct plan_feed *feed = &plan->policies[i].feeds[k];
            hide_groups(plan, feed, builder->feeds[feed->policy].group_hidden);
        }
    }
}

/* -- all of it */

void plan_feed_build(struct plan_builder *builder, uint32_t policy, struct plan_policy *policies)
{
    size_t count = 0;
    const struct policy_doc *doc = &policy_set_policies(builder->set, &count)[policy];
    struct value *params = arena_alloc(builder->arena, sizeof *params);
    *params = plan_params_of(builder, doc);
    const struct feeding feeding = {builder, policy, doc, params,
                                    correlation_inputs_of(&doc->correlation), policies};
    struct plan_policy *out = &policies[policy];
    struct plan_making making = {builder, doc, {0}, out};
    plan_worth_set(&making);
    gather_masks(&feeding);
    plan_version_of_feed(builder, doc, params, policies, out);
    out->static_body =
        plan_static_body(doc, &out->version, builder->options->runbook_base, builder->arena);
    size_t groups = doc->correlation.group_by.count + doc->suppression.group_by.count;
    bool *hidden = arena_array(builder->arena, groups, sizeof *hidden);
    builder->feeds[policy].group_hidden = hidden;
    out->group_hidden = hidden;
    add_feeds(&feeding);
}
