/* correlation_all.c: each key is said once: beside `all`, or in each part. */
#include "policy/document/correlation_all.h"

#include "policy/document/correlation_inputs.h"
#include "policy/document/report.h"

static const struct span NO_HINT = {0};

/* What says something of one part alone. */
static void check_beside(const struct policy_set *set, const struct correlation_doc *doc)
{
    static const char *const keys[] = {
        "type", "policies", "without", "steps", "field", "fields", "timespan", "window", "gap",
        "condition", "percentile", "before", "after", "history_window", "learning", "within",
        "metric", "bucket",
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct yaml_node *node = yaml_get(doc->record.node, keys[i]);
        if (node) {
            report_error(set->diags, yaml_place(node), SPAN("write it in the parts of 'all'"),
                         "'%s' does not stand beside 'all'", keys[i]);
        }
    }
}

/* What all parts share. */
static void check_shared(const struct policy_set *set, const struct correlation_doc *part)
{
    static const char *const keys[] = {"group_by", "allowed_lateness", "aliases"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct yaml_node *node = yaml_get(part->record.node, keys[i]);
        if (node) {
            report_error(set->diags, yaml_place(node), SPAN("write it beside 'all'"),
                         "parts share '%s'", keys[i]);
        }
    }
}

static void check_part(const struct policy_set *set, const struct correlation_doc *part)
{
    struct span name = part->record.key.text;
    check_shared(set, part);
    if (span_equals(name, SPAN("parts"))) {
        report_error(set->diags, yaml_place(part->record.key.node), SPAN("take another name"),
                     "'parts' means all of them in 'require'");
    } else if (name.len > CORRELATION_NAME_BYTES_MAX) {
        report_error(set->diags, yaml_place(part->record.key.node), NO_HINT,
                     "the name of a part has at most %d bytes", CORRELATION_NAME_BYTES_MAX);
    }
    if (part->type.node && correlation_within_us(part) == 0 &&
        !yaml_get(part->record.node, "within") && !yaml_get(part->record.node, "timespan")) {
        report_error(set->diags, yaml_place(part->record.node), SPAN("write within: 10m"),
                     "'within' is missing: how long the part stays true");
    }
}

/* The policy looks at its own matches, or at what others found. */
static void check_mixed(const struct policy_set *set, const struct correlation_doc *doc)
{
    const struct correlation_doc *parts = doc->all.items;
    for (size_t i = 0; i < doc->all.count; i++) {
        if (correlation_is_over_policies(doc) && !correlation_is_over_policies(&parts[i]) &&
            parts[i].type.node) {
            report_error(set->diags, yaml_place(parts[i].record.node),
                         SPAN("make its matches a policy of mode: signal, and name that"),
                         "this part names no policies, while others do");
        }
    }
}

void policy_check_all(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct correlation_doc *doc = &policy->correlation;
    const struct correlation_doc *parts = doc->all.items;
    check_beside(set, doc);
    if (doc->all.count > CORRELATION_PARTS_MAX) {
        report_error(set->diags, yaml_place(doc->all.node), NO_HINT,
                     "'all' has at most %d parts", CORRELATION_PARTS_MAX);
    }
    if (!doc->require.node && !yaml_get(doc->record.node, "require")) {
        report_error(set->diags, yaml_place(doc->all.node), SPAN("write require: first && many"),
                     "'require' is missing: what of the parts must hold");
    } else if (doc->require.text.len > CORRELATION_REQUIRE_BYTES_MAX) {
        report_error(set->diags, yaml_place(doc->require.node), NO_HINT,
                     "'require' has at most %d bytes", CORRELATION_REQUIRE_BYTES_MAX);
    }
    for (size_t i = 0; i < doc->all.count; i++) {
        check_part(set, &parts[i]);
    }
    check_mixed(set, doc);
}

bool correlation_require_waits(struct span require)
{
    for (size_t i = 0; i < require.len; i++) {
        char c = require.ptr[i];
        bool name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!name && !(c && strchr("_ \t\n()&|", c))) {
            return true;
        }
    }
    return false;
}

int64_t correlation_within_us(const struct correlation_doc *part)
{
    return part->within.node ? part->within.number : part->timespan.number;
}
