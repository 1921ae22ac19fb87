/* policy_check_match.c: `match`, whose keys mean different things for items and for API calls. */
#include "policy/document/policy_check.h"

#include "policy/document/report.h"
#include "policy/plan.h"

static const struct span NO_HINT = {0};

/* Operations of items are three words. */
static void check_item_operations(const struct policy_set *set,
                                  const struct field_texts *operations)
{
    struct span names[CHANGE_OP_COUNT];
    enum change_op op;
    for (int i = 0; i < CHANGE_OP_COUNT; i++) {
        names[i] = change_op_name((enum change_op)i);
    }
    for (size_t i = 0; i < operations->count; i++) {
        const struct field_text *text = &operations->items[i];
        if (!change_op_parse(text->text, &op)) {
            report_error(set->diags, yaml_place(text->node),
                         report_nearest(set->diags, text->text, names, CHANGE_OP_COUNT),
                         "expected one of INSERT, MODIFY, REMOVE, not '%.*s'",
                         SPAN_ARG(report_cut(text->text)));
        }
    }
}

static void check_items(const struct policy_set *set, const struct match_doc *match)
{
    check_item_operations(set, &match->operations);
    if (match->services.node) {
        report_error(set->diags, yaml_place(match->services.node),
                     SPAN("add source: api_call"), "'services' goes with 'source: api_call'");
    }
}

static void check_calls(const struct policy_set *set, const struct match_doc *match)
{
    static const struct span ending = {".amazonaws.com", 14};
    if (match->attributes_changed.node) {
        report_error(set->diags, yaml_place(match->attributes_changed.node), NO_HINT,
                     "an API call shows no attributes: 'attributes_changed' goes with "
                     "'source: item_change'");
    }
    for (size_t i = 0; i < match->services.count; i++) {
        const struct field_text *text = &match->services.items[i];
        if (span_ends_with(text->text, ending)) {
            struct span hint = arena_printf(set->diags->arena, "write %.*s",
                                            (int)(text->text.len - ending.len), text->text.ptr);
            report_error(set->diags, yaml_place(text->node), hint,
                         "a service is named without '.amazonaws.com'");
        }
    }
}

void policy_check_match(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct match_doc *match = &policy->match;
    switch ((enum plan_source)match->source.value) {
    case PLAN_SOURCE_ITEM_CHANGE: check_items(set, match); break;
    case PLAN_SOURCE_API_CALL: check_calls(set, match); break;
    case PLAN_SOURCE_JOINED:
        report_error(set->diags, yaml_place(match->source.node), NO_HINT,
                     "'source: %.*s' is not available yet", SPAN_ARG(match->source.node->text));
    }
    bool everything = !match->record.node && !policy->condition.node &&
                      !policy->correlation.record.node && policy->record.node;
    if (everything) {
        report_error(set->diags, yaml_place(policy->record.node), SPAN("add 'condition:'"),
                     "neither match nor condition: every change would be a finding");
    }
}
