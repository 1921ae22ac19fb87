/* correlation_chain.c: a finding of a correlation is that of a group: what its group does not say
 * is not the same for all that made it. */
#include "policy/document/correlation_chain.h"

#include "policy/document/policy_check.h"
#include "policy/document/report.h"

const struct policy_doc *correlation_inner_of(const struct policy_set *set,
                                              const struct correlation_input *input)
{
    size_t count = 0;
    const struct policy_doc *docs = policy_set_policies(set, &count);
    size_t at = policy_set_find(set, input->policy->text);
    return at < count && docs[at].correlation.record.node ? &docs[at] : NULL;
}

bool correlation_is_chain(const struct policy_set *set, const struct correlation_doc *doc)
{
    struct correlation_inputs inputs = correlation_inputs_of(doc);
    bool is_chain = false;
    for (size_t i = 0; i < inputs.count && !is_chain; i++) {
        is_chain = correlation_inner_of(set, &inputs.items[i]) != NULL;
    }
    return is_chain;
}

const struct field_texts *correlation_groups(const struct policy_doc *policy)
{
    bool own = policy->correlation.group_by.node != NULL;
    return own ? &policy->correlation.group_by : &policy->suppression.group_by;
}

/* What a name stands for in findings of a policy; the text itself when it is no alias. */
static struct span meaning(const struct yaml_node *aliases, struct span policy, struct span text)
{
    struct span name = span_trim(text);
    for (size_t i = 0; aliases && i < aliases->count; i++) {
        const struct yaml_node *alias = aliases->entries[i].value;
        if (span_equals(aliases->entries[i].key->text, name)) {
            const struct yaml_node *expression = correlation_alias_for(alias, policy);
            return expression ? span_trim(expression->text) : name;
        }
    }
    return name;
}

bool correlation_inner_place(const struct policy_doc *policy, const struct policy_doc *inner,
                             struct span text, uint32_t *out)
{
    const struct field_texts *groups = correlation_groups(inner);
    struct span wanted = meaning(policy->correlation.aliases, inner->id.text, text);
    uint32_t place = 0;
    while (place < groups->count && !span_equals(span_trim(groups->items[place].text), wanted)) {
        place++;
    }
    *out = place;
    return place < groups->count;
}

/* -- what has no meaning */

/* "a, b" */
static struct span list_groups(const struct policy_set *set, const struct policy_doc *inner)
{
    const struct field_texts *groups = correlation_groups(inner);
    struct buf text = {0};
    for (size_t i = 0; i < groups->count; i++) {
        buf_printf(&text, "%s%.*s", i ? ", " : "", SPAN_ARG(report_cut(groups->items[i].text)));
    }
    struct span copy = arena_copy(set->arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static struct span advice(const struct policy_set *set, const struct policy_doc *inner)
{
    const struct field_texts *groups = correlation_groups(inner);
    if (!groups->node) {
        return arena_printf(set->arena, "give '%.*s' a group_by with it",
                            SPAN_ARG(report_cut(inner->id.text)));
    }
    return groups->count ? arena_printf(set->arena, "take some of these: %.*s",
                                        SPAN_ARG(list_groups(set, inner)))
                         : SPAN("all its findings are of one group: write group_by: []");
}

static void check_text(const struct policy_set *set, const struct policy_doc *policy,
                       const struct policy_doc *inner, const struct field_text *text)
{
    uint32_t place;
    if (text->node && !correlation_inner_place(policy, inner, text->text, &place)) {
        report_error(set->diags, yaml_place(text->node), advice(set, inner),
                     "findings of '%.*s' are those of its groups: '%.*s' is none of its group_by",
                     SPAN_ARG(report_cut(inner->id.text)), SPAN_ARG(report_cut(text->text)));
    }
}

/* By default groups are items: so they are for both, or for neither. */
static void check_default(const struct policy_set *set, const struct policy_doc *policy,
                          const struct policy_doc *inner)
{
    if (!correlation_groups(policy)->node && correlation_groups(inner)->node) {
        report_error(set->diags, yaml_place(policy->correlation.record.node),
                     correlation_groups(inner)->count
                         ? arena_printf(set->arena, "add group_by with some of these: %.*s",
                                        SPAN_ARG(list_groups(set, inner)))
                         : SPAN("write group_by: []"),
                     "findings of '%.*s' are those of its groups, no longer of one item",
                     SPAN_ARG(report_cut(inner->id.text)));
    }
}

static void check_groups(const struct policy_set *set, const struct policy_doc *policy,
                         const struct policy_doc *inner)
{
    const struct field_texts *groups = correlation_groups(policy);
    check_default(set, policy, inner);
    for (size_t i = 0; i < groups->count; i++) {
        check_text(set, policy, inner, &groups->items[i]);
    }
}

/* A correlation without parts, or the part that names the inner policy. */
static void check_part(const struct policy_set *set, const struct policy_doc *policy,
                       const struct correlation_doc *part, const struct policy_doc *inner)
{
    const struct correlation rule = {.type = (enum correlation_type)part->type.value,
                                     .metric = (enum correlation_metric)part->metric.value};
    if (part->type.node && correlation_reckons(&rule)) {
        report_error(set->diags, yaml_place(part->type.node),
                     SPAN("count them: event_count, or value_count of what they are grouped by"),
                     "findings of '%.*s', which has a correlation itself, have no numbers",
                     SPAN_ARG(report_cut(inner->id.text)));
        return;
    }
    check_text(set, policy, inner, &part->field);
    for (size_t i = 0; i < part->fields.count; i++) {
        check_text(set, policy, inner, &part->fields.items[i]);
    }
}

void policy_check_chain(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct correlation_doc *doc = &policy->correlation;
    const struct correlation_doc *parts = doc->all.items;
    struct correlation_inputs inputs = correlation_inputs_of(doc);
    uint32_t inners = 0;
    for (size_t i = 0; i < inputs.count; i++) {
        const struct policy_doc *inner = correlation_inner_of(set, &inputs.items[i]);
        if (!inner) {
            continue;
        }
        const struct yaml_node *node = inputs.items[i].policy->node;
        if (correlation_is_chain(set, &inner->correlation)) {
            report_error(set->diags, yaml_place(node), SPAN("name the policies that it names"),
                         "'%.*s' is over findings of correlations itself: that is as deep as they "
                         "go", SPAN_ARG(report_cut(inner->id.text)));
        } else if (++inners == CORRELATION_INNERS_MAX + 1) {
            report_error(set->diags, yaml_place(node), (struct span){0},
                         "of the policies that a correlation names at most %d have one themselves",
                         CORRELATION_INNERS_MAX);
        } else {
            check_groups(set, policy, inner);
            check_part(set, policy, doc->all.node ? &parts[inputs.items[i].part] : doc, inner);
        }
    }
}

/* -- the rules */

/* What is late for one of those inside must not be late for what it finds. */
static void wait_for(struct correlation *rule, struct correlation_part *parts, int64_t lateness_us)
{
    rule->lateness_us = lateness_us > rule->lateness_us ? lateness_us : rule->lateness_us;
    for (uint32_t i = 0; i < rule->part_count; i++) {
        parts[i].rule.lateness_us = rule->lateness_us;
    }
}

void correlation_chain_add(const struct policy_set *set, const struct correlation_doc *doc,
                           struct arena *arena, struct correlation *out)
{
    struct correlation_inputs inputs = correlation_inputs_of(doc);
    struct correlation_inner *inners =
        arena_array(arena, CORRELATION_INNERS_MAX, sizeof *inners);
    struct correlation_part *parts = arena_array(arena, out->part_count, sizeof *parts);
    for (uint32_t i = 0; i < out->part_count; i++) {
        parts[i] = out->parts[i];
    }
    for (size_t i = 0; i < inputs.count && out->inner_count < CORRELATION_INNERS_MAX; i++) {
        const struct policy_doc *inner = correlation_inner_of(set, &inputs.items[i]);
        if (inner) {
            inners[out->inner_count++] = (struct correlation_inner){
                inputs.items[i].number, policy_correlation_of(&inner->correlation, arena)};
            wait_for(out, parts, inners[out->inner_count - 1].rule.lateness_us);
        }
    }
    out->inners = inners;
    out->parts = out->part_count ? parts : NULL;
}
