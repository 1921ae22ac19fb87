/* plan_params.c: a policy's params with the installation's overrides, each of the type that the
 * policy gave it. */
#include "policy/plan/plan_params.h"

#include "policy/document/report.h"

/* The overrides stand in the configuration, whose places are not known here. */
static const struct place in_configuration = {.file = {"params of the configuration", 27}};

static struct span nearest_key(const struct plan_builder *builder, const struct value *map,
                               struct span word)
{
    struct span *names = arena_array(builder->arena, map->map.count, sizeof *names);
    for (size_t i = 0; i < map->map.count; i++) {
        names[i] = map->map.entries[i].key.text;
    }
    return report_nearest(builder->diags, word, names, map->map.count);
}

static void override_one(const struct plan_builder *builder, struct span policy,
                         struct value_entry *entries, const struct value *params,
                         const struct value_entry *override)
{
    struct span name = override->key.text;
    size_t i = 0;
    while (i < params->map.count && !span_equals(entries[i].key.text, name)) {
        i++;
    }
    if (i == params->map.count) {
        report_error(builder->diags, in_configuration, nearest_key(builder, params, name),
                     "the policy '%.*s' has no param '%.*s'", SPAN_ARG(policy),
                     SPAN_ARG(report_cut(name)));
        return;
    }
    enum value_kind kind = entries[i].value.kind;
    if (kind != VALUE_NULL && kind != override->value.kind) {
        report_error(builder->diags, in_configuration, (struct span){0},
                     "the param '%.*s' of the policy '%.*s' is a %s, not a %s", SPAN_ARG(name),
                     SPAN_ARG(policy), value_kind_name(kind),
                     value_kind_name(override->value.kind));
        return;
    }
    entries[i].value = value_copy(builder->arena, &override->value);
}

static const struct value *overrides_of(const struct plan_builder *builder, struct span policy)
{
    const struct value *all = builder->options->params;
    const struct value *overrides = all ? value_map_get(all, policy) : NULL;
    return overrides && overrides->kind == VALUE_MAP ? overrides : NULL;
}

struct value plan_params_of(const struct plan_builder *builder, const struct policy_doc *policy)
{
    struct value params = {.kind = VALUE_MAP};
    if (policy->params &&
        yaml_value(policy->params, builder->arena, builder->diags, &params) != STATUS_OK) {
        return (struct value){.kind = VALUE_MAP};
    }
    const struct value *overrides = overrides_of(builder, policy->id.text);
    size_t size = params.map.count * sizeof *params.map.entries;
    struct value_entry *entries = arena_alloc(builder->arena, size);
    if (size) {
        memcpy(entries, params.map.entries, size);
    }
    for (size_t i = 0; overrides && i < overrides->map.count; i++) {
        override_one(builder, policy->id.text, entries, &params, &overrides->map.entries[i]);
    }
    params.map.entries = entries;
    return params;
}

void plan_params_check(const struct plan_builder *builder)
{
    const struct value *all = builder->options->params;
    size_t count = 0;
    const struct policy_doc *policies = policy_set_policies(builder->set, &count);
    struct span *ids = arena_array(builder->arena, count, sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        ids[i] = policies[i].id.text;
    }
    for (size_t i = 0; all && all->kind == VALUE_MAP && i < all->map.count; i++) {
        struct span id = all->map.entries[i].key.text;
        size_t k = 0;
        while (k < count && !span_equals(ids[k], id)) {
            k++;
        }
        if (k == count) {
            report_error(builder->diags, in_configuration,
                         report_nearest(builder->diags, id, ids, count),
                         "there is no policy '%.*s'", SPAN_ARG(report_cut(id)));
        } else if (all->map.entries[i].value.kind != VALUE_MAP) {
            report_error(builder->diags, in_configuration, (struct span){0},
                         "the params of '%.*s' are a map of names", SPAN_ARG(id));
        }
    }
}
