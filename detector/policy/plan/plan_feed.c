/* plan_feed.c: the same texts compiled again and again, each time with the variables and aliases of
 * one policy. A policy over the findings of one that is over others' itself looks at the matches of
 * these, through the views of the one between. What any of the policies masks is masked in all that
 * is shown. */
#include "policy/plan/plan_feed.h"

#include "policy/document/correlation_chain.h"
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

/* Whose finding is looked at. */
struct looking {
    uint32_t source;           /* the policy that matches */
    uint32_t named;            /* the one whose finding it is: the same, or one over its findings */
    struct plan_policy *by;    /* as that looks at the match: what feeds */
    const struct cel_env *env; /* what is known of the match, and what that calls it */
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

/* Declares the names once all are compiled: they do not read each other. `plain` has no aliases of
 * a policy between, which these may hide. */
static struct cel_env *with_aliases(const struct feeding *feeding,
                                    const struct expression_context *context,
                                    const struct cel_env *plain)
{
    struct plan_builder *builder = feeding->builder;
    const struct yaml_node *aliases = feeding->doc->correlation.aliases;
    struct cel_env *env = cel_env_extend(context->env, builder->arena);
    for (size_t i = 0; aliases && i < aliases->count; i++) {
        const struct yaml_node *name = aliases->entries[i].key;
        const struct yaml_node *text =
            correlation_alias_for(aliases->entries[i].value, context->findings_of);
        if (is_taken(feeding, plain, name->text)) {
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

static struct cel_env *env_of(const struct feeding *feeding, const struct cel_env *findings)
{
    struct cel_env *env = plan_env_of_feed(feeding->builder, findings, feeding->params);
    plan_macros_add_lookups(env, plan_lookups_of_policy(feeding->builder, feeding->doc));
    return env;
}

static struct plan_view view_of(const struct feeding *feeding, const struct looking *looking)
{
    struct plan_builder *builder = feeding->builder;
    size_t count = 0;
    const struct policy_doc *named =
        &policy_set_policies(builder->set, &count)[looking->named];
    struct plan_policy *view = arena_alloc(builder->arena, sizeof *view);
    *view = feeding->policies[feeding->policy];
    bool chained = named->correlation.record.node != NULL;
    view->inner = chained ? looking->by : NULL;
    struct cel_env *env = env_of(feeding, looking->env);
    struct plan_making making = {builder, feeding->doc,
                                 plan_builder_context(builder, env, feeding->params), view,
                                 chained ? named : NULL};
    making.context.items = feeding->policies[looking->source].source == PLAN_SOURCE_ITEM_CHANGE;
    making.context.calls = feeding->policies[looking->source].source == PLAN_SOURCE_API_CALL;
    making.context.findings_of = feeding->policies[looking->named].id;
    making.context.env = with_aliases(feeding, &making.context,
                                      env_of(feeding, builder->finding_envs[looking->source]));
    plan_worth_compile(&making);
    return (struct plan_view){looking->source, view, making.context.env};
}

/* A match is held back as long as whoever looks at it wants. */
static void wait_for_lookups(const struct feeding *feeding, size_t first_program, uint32_t source)
{
    int64_t grace_us = plan_grace_of(feeding->builder, first_program);
    struct plan_policy *policy = &feeding->policies[source];
    policy->grace_us = grace_us > policy->grace_us ? grace_us : policy->grace_us;
}

static void append_view(const struct feeding *feeding, const struct plan_view *view)
{
    struct plan_views *views = &feeding->builder->views[feeding->policy];
    struct plan_view *items =
        arena_array(feeding->builder->arena, views->count + 1, sizeof *items);
    for (size_t i = 0; i < views->count; i++) {
        items[i] = views->items[i];
    }
    items[views->count++] = *view;
    views->items = items;
}

static void append_feed(struct plan_policy *policy, const struct plan_feed *feed,
                        struct arena *arena)
{
    struct plan_feed *feeds = arena_array(arena, policy->feed_count + 1, sizeof *feeds);
    for (size_t i = 0; i < policy->feed_count; i++) {
        feeds[i] = policy->feeds[i];
    }
    feeds[policy->feed_count++] = *feed;
    policy->feeds = feeds;
}

static void add_feed(const struct feeding *feeding, const struct looking *looking)
{
    struct plan_builder *builder = feeding->builder;
    size_t first_program = builder->programs.count;
    struct plan_view view = view_of(feeding, looking);
    append_view(feeding, &view);
    if (view.policy->mode != PLAN_MODE_DISABLED) { /* else it is checked, and fed with nothing */
        append_feed(looking->by, &(struct plan_feed){feeding->policy, view.policy},
                    builder->arena);
        wait_for_lookups(feeding, first_program, looking->source);
    }
}

/* Whether an earlier step named the same policy. */
static bool is_fed(const struct feeding *feeding, const struct plan_policy *by)
{
    return by->feed_count > 0 && by->feeds[by->feed_count - 1].policy == feeding->policy;
}

/* Errors of the texts themselves would be the same for each: they are told for the first. */
static void feed_by(const struct feeding *feeding, const struct looking *looking, size_t errors)
{
    bool sound = looking->env && feeding->builder->diags->errors == errors;
    if (sound && !is_fed(feeding, looking->by)) {
        add_feed(feeding, looking);
    }
}

static void add_feeds(const struct feeding *feeding)
{
    struct plan_builder *builder = feeding->builder;
    size_t errors = builder->diags->errors;
    for (size_t i = 0; i < feeding->inputs.count; i++) {
        uint32_t named;
        if (!place_of(feeding, &feeding->inputs.items[i], &named) || named == feeding->policy) {
            continue; /* refused already */
        }
        const struct plan_views *views = &builder->views[named];
        feed_by(feeding, &(struct looking){named, named, &feeding->policies[named],
                                           builder->finding_envs[named]}, errors);
        for (size_t k = 0; k < views->count; k++) {
            const struct plan_view *view = &views->items[k];
            feed_by(feeding, &(struct looking){view->source, named, view->policy, view->env},
                    errors);
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
static void hide_groups(const struct plan *plan, const struct plan_policy *view, bool *hidden)
{
    for (size_t i = 0; i < view->group_by_count; i++) {
        hidden[i] = hidden[i] || plan_masks_read(plan, view, view->group_by[i]);
    }
}

void plan_feed_hide(const struct plan_builder *builder, const struct plan *plan)
{
    for (size_t i = 0; i < plan->policy_count && builder->diags->errors == 0; i++) {
        const struct plan_views *views = &builder->views[i];
        for (size_t k = 0; k < views->count; k++) {
            hide_groups(plan, views->items[k].policy, views->group_hidden);
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
    struct plan_making making = {builder, doc, {0}, out, NULL};
    plan_worth_set(&making);
    gather_masks(&feeding);
    plan_version_of_feed(builder, doc, params, policies, out);
    out->static_body =
        plan_static_body(doc, &out->version, builder->options->runbook_base, builder->arena);
    size_t groups = doc->correlation.group_by.count + doc->suppression.group_by.count;
    bool *hidden = arena_array(builder->arena, groups, sizeof *hidden);
    builder->views[policy].group_hidden = hidden;
    out->group_hidden = hidden;
    add_feeds(&feeding);
}
