/* correlation_check.c: which keys go with which type of a correlation, and what it cannot do
 * without. */
#include "model/correlation.h"
#include "policy/document/policy_check.h"

#include "policy/document/correlation_all.h"
#include "policy/document/correlation_baseline.h"
#include "policy/document/correlation_inputs.h"
#include "policy/document/report.h"

static const struct span NO_HINT = {0};

/* A bit for each type: the words of correlation_tables.c have the numbers of the types. */
enum {
    OF_PERCENTILE = 1U << CORRELATION_VALUE_PERCENTILE,
    OF_VALUES = 1U << CORRELATION_VALUE_COUNT | 1U << CORRELATION_VALUE_SUM |
                1U << CORRELATION_VALUE_AVG | OF_PERCENTILE,
    OF_WINDOWS = OF_VALUES | 1U << CORRELATION_EVENT_COUNT,
    OF_TERMS = 1U << CORRELATION_NEW_TERMS,
    OF_BASELINE = 1U << CORRELATION_BASELINE,
    OF_STEPS = 1U << CORRELATION_TEMPORAL_ORDERED,
    OF_ABSENCE = 1U << CORRELATION_ABSENCE,
    OF_SEQUENCES = 1U << CORRELATION_TEMPORAL | OF_STEPS,
    OF_POLICIES = ((1U << CORRELATION_TYPE_COUNT) - 1) & ~(unsigned)OF_STEPS,
};

/* A key that stands in a correlation, and the types that read it (a bit each). */
struct key_use {
    const char *key;
    const struct yaml_node *node;
    unsigned types;
};

/* A key that was given and could not be read was refused already. */
static void require(const struct policy_set *set, const struct correlation_doc *doc,
                    const struct yaml_node *node, const char *what)
{
    if (!node && !yaml_get(doc->record.node, what)) {
        report_error(set->diags, yaml_place(doc->record.node), NO_HINT,
                     "'%s' is missing in a correlation of type %.*s", what,
                     SPAN_ARG(doc->type.node->text));
    }
}

/* Keys of another type would be passed over in silence. */
static void check_keys(const struct policy_set *set, const struct correlation_doc *doc)
{
    const struct key_use uses[] = {
        {"policies", doc->policies.node, OF_POLICIES},
        {"steps", doc->steps.node, OF_STEPS},
        {"without", doc->without.node, OF_ABSENCE},
        {"field", doc->field.node, OF_VALUES | OF_BASELINE},
        {"fields", doc->fields.node, OF_TERMS},
        {"timespan", doc->timespan.node, OF_WINDOWS | OF_SEQUENCES},
        {"window", yaml_get(doc->record.node, "window"), OF_WINDOWS},
        {"gap", doc->gap.node, OF_WINDOWS},
        {"condition", doc->condition.record.node, OF_WINDOWS},
        {"percentile", doc->percentile.node, OF_PERCENTILE},
        {"before", doc->before.node, OF_ABSENCE},
        {"after", doc->after.node, OF_ABSENCE},
        {"history_window", doc->history_window.node, OF_TERMS},
        {"learning", doc->learning.node, OF_TERMS},
        {"metric", doc->metric.node, OF_BASELINE},
        {"bucket", doc->bucket.node, OF_BASELINE},
    };
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        if (uses[i].node && !(uses[i].types >> doc->type.value & 1)) {
            report_error(set->diags, yaml_place(uses[i].node), NO_HINT,
                         "'%s' does not go with 'type: %.*s'", uses[i].key,
                         SPAN_ARG(doc->type.node->text));
        }
    }
}

static void check_bound(const struct policy_set *set, const struct field_text *bound,
                        struct correlation_condition *condition, enum correlation_compare compare)
{
    if (!bound->node) {
        return;
    }
    if (decimal_parse(bound->text, &condition->bounds[compare]) != STATUS_OK) {
        report_error(set->diags, yaml_place(bound->node), NO_HINT, "a bound is a number");
        return;
    }
    condition->given |= 1U << compare;
}

static struct correlation_condition check_condition(const struct policy_set *set,
                                                    const struct compare_doc *doc)
{
    struct correlation_condition condition = {0};
    check_bound(set, &doc->gt, &condition, COMPARE_GT);
    check_bound(set, &doc->gte, &condition, COMPARE_GTE);
    check_bound(set, &doc->lt, &condition, COMPARE_LT);
    check_bound(set, &doc->lte, &condition, COMPARE_LTE);
    check_bound(set, &doc->eq, &condition, COMPARE_EQ);
    check_bound(set, &doc->neq, &condition, COMPARE_NEQ);
    return condition;
}

/* Of a count 1,000 can be told apart from more. */
static bool exceeds_values(const struct correlation_condition *condition)
{
    bool exceeds = false;
    for (size_t i = 0; i < CORRELATION_COMPARE_COUNT; i++) {
        exceeds |= (condition->given >> i & 1) &&
                   decimal_compare(condition->bounds[i],
                                   decimal_from_int(CORRELATION_VALUES_MAX)) > 0;
    }
    return exceeds;
}

static void check_bounds(const struct policy_set *set, const struct correlation_doc *doc,
                         const struct correlation_condition *condition)
{
    const struct yaml_node *node = doc->condition.record.node;
    bool counts = doc->type.value == CORRELATION_EVENT_COUNT ||
                  doc->type.value == CORRELATION_VALUE_COUNT;
    bool adds = counts || doc->type.value == CORRELATION_VALUE_SUM;
    uint32_t least = doc->window.value == WINDOW_TUMBLING ? 0 : 1;
    if (adds && correlation_condition_is_monotone(condition) &&
        correlation_condition_holds(condition, decimal_from_int(0))) {
        report_error(set->diags, yaml_place(node), SPAN("it is never below 0"),
                     "this condition holds without any event");
    } else if (!correlation_condition_can_hold(condition)) {
        report_error(set->diags, yaml_place(node), NO_HINT, "no value fulfils this condition");
    } else if (counts && !correlation_condition_can_count(condition, least)) {
        bool silence = correlation_condition_holds(condition, decimal_from_int(0));
        report_error(set->diags, yaml_place(node),
                     silence ? SPAN("window: tumbling looks at windows without events too")
                             : SPAN("a count is a whole number, 0 or more"),
                     "no count of events fulfils this condition");
    } else if (doc->type.value == CORRELATION_VALUE_COUNT && exceeds_values(condition)) {
        report_error(set->diags, yaml_place(node), NO_HINT,
                     "a value_count tells apart at most 1,000 values");
    }
}

/* A session ends with a pause, every other window after a time. */
static void check_window(const struct policy_set *set, const struct correlation_doc *doc)
{
    if (doc->window.value != WINDOW_SESSION) {
        require(set, doc, doc->timespan.node, "timespan");
        if (doc->gap.node) {
            report_error(set->diags, yaml_place(doc->gap.node), SPAN("write window: session"),
                         "'gap' goes with 'window: session'");
        }
        return;
    }
    if (!doc->gap.node && !yaml_get(doc->record.node, "gap")) {
        report_error(set->diags, yaml_place(doc->window.node),
                     SPAN("write gap: 10m, the longest pause within a session"),
                     "'gap' is missing in a correlation with 'window: session'");
    }
    if (doc->timespan.node) {
        report_error(set->diags, yaml_place(doc->timespan.node),
                     SPAN("a session is as long as no pause is longer than its gap"),
                     "'timespan' does not go with 'window: session'");
    }
}

static void check_measure(const struct policy_set *set, const struct correlation_doc *doc)
{
    struct correlation_condition condition = check_condition(set, &doc->condition);
    const struct yaml_node *node = doc->condition.record.node;
    check_window(set, doc);
    require(set, doc, node, "condition");
    if (doc->type.value != CORRELATION_EVENT_COUNT) {
        require(set, doc, doc->field.node, "field");
    }
    if (doc->type.value == CORRELATION_VALUE_PERCENTILE) {
        require(set, doc, doc->percentile.node, "percentile");
    }
    if (node && !condition.given && !report_is_full(set->diags)) {
        report_error(set->diags, yaml_place(node), SPAN("write {gte: 10}"),
                     "this condition names no bound");
    } else if (condition.given) {
        check_bounds(set, doc, &condition);
    }
}

static void check_terms(const struct policy_set *set, const struct correlation_doc *doc)
{
    require(set, doc, doc->history_window.node, "history_window");
    require(set, doc, doc->fields.node, "fields");
}

static void check_sequence(const struct policy_set *set, const struct correlation_doc *doc)
{
    struct correlation_inputs inputs = correlation_inputs_of(doc);
    uint64_t together = 0;
    for (size_t i = 0; i < inputs.count; i++) {
        together += inputs.items[i].min;
    }
    require(set, doc, doc->timespan.node, "timespan");
    if (together > CORRELATION_MATCH_MAX && doc->steps.node) {
        report_error(set->diags, yaml_place(doc->steps.node), NO_HINT,
                     "steps ask for at most %d findings together", CORRELATION_MATCH_MAX);
    }
}

/* How far apart an event and its answer may lie; 0 when that is nothing, or too much to say. */
static int64_t absence_timespan_us(const struct correlation_doc *doc)
{
    int64_t timespan_us;
    bool too_long =
        __builtin_add_overflow(doc->before.number, doc->after.number, &timespan_us);
    return too_long ? 0 : timespan_us;
}

static void check_absence(const struct policy_set *set, const struct correlation_doc *doc)
{
    bool given = yaml_get(doc->record.node, "before") || yaml_get(doc->record.node, "after");
    if (!given) {
        report_error(set->diags, yaml_place(doc->record.node),
                     SPAN("write after: 10m; with before alone it is decided at once"),
                     "'before' or 'after' is missing in a correlation of type absence");
    } else if (absence_timespan_us(doc) == 0 && (doc->before.node || doc->after.node)) {
        report_error(set->diags, yaml_place(doc->record.node), NO_HINT,
                     "an absence looks at the time before an event, or after it");
    }
}

static bool same_texts(const struct field_texts *a, const struct field_texts *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++) {
        same = span_equals(a->items[i].text, b->items[i].text);
    }
    return same;
}

/* An episode gathers findings of one group: what a group is, is said once. */
static void check_groups(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct field_texts *own = &policy->correlation.group_by;
    const struct field_texts *suppression = &policy->suppression.group_by;
    if (own->node && suppression->node && !same_texts(own, suppression)) {
        report_error(set->diags, yaml_place(suppression->node),
                     SPAN("leave it out: that of the correlation is the default"),
                     "findings of a correlation are suppressed by the groups of the correlation");
    }
}

/* A correlation without parts, or one of the parts. */
static void check_one(const struct policy_set *set, const struct correlation_doc *doc)
{
    if (!doc->type.node) {
        if (!yaml_get(doc->record.node, "type")) {
            report_error(set->diags, yaml_place(doc->record.node), SPAN("write type: event_count"),
                         "a correlation has a type");
        }
        return;
    }
    check_keys(set, doc);
    policy_check_inputs_needed(set, doc);
    if (doc->type.value == CORRELATION_NEW_TERMS) {
        check_terms(set, doc);
    } else if (doc->type.value == CORRELATION_BASELINE) {
        policy_check_baseline(set, doc);
    } else if (doc->type.value == CORRELATION_ABSENCE) {
        check_absence(set, doc);
    } else if (OF_SEQUENCES >> doc->type.value & 1) {
        check_sequence(set, doc);
    } else {
        check_measure(set, doc);
    }
}

/* A key that means something only where there are parts. */
static void check_whole_only(const struct policy_set *set, const struct yaml_node *node,
                             const char *key)
{
    if (node) {
        report_error(set->diags, yaml_place(node), NO_HINT, "'%s' goes with 'all'", key);
    }
}

void policy_check_correlation(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct correlation_doc *doc = &policy->correlation;
    const struct correlation_doc *parts = doc->all.items;
    if (!doc->record.node) {
        return;
    }
    policy_check_inputs(set, policy);
    check_groups(set, policy);
    if (!yaml_get(doc->record.node, "all")) {
        check_one(set, doc);
        check_whole_only(set, doc->require.node, "require");
        check_whole_only(set, doc->within.node, "within");
        return;
    }
    policy_check_all(set, policy);
    for (size_t i = 0; i < doc->all.count; i++) {
        check_one(set, &parts[i]);
    }
}

/* A correlation without parts, or one of the parts, with the lateness of the whole. */
static struct correlation one_of(const struct correlation_doc *doc)
{
    struct diag_list unused = {0}; /* what is wrong was told by policy_check_correlation */
    const struct policy_set set = {.diags = &unused};
    if (doc->type.value == CORRELATION_NEW_TERMS) {
        return (struct correlation){
            .type = CORRELATION_NEW_TERMS,
            .timespan_us = doc->history_window.number,
            .lateness_us = doc->allowed_lateness.number,
            .learning_us = doc->learning.number,
        };
    }
    if (doc->type.value == CORRELATION_BASELINE) {
        return correlation_baseline_of(doc);
    }
    struct correlation correlation = {
        .type = (enum correlation_type)doc->type.value,
        .window = (enum correlation_window)doc->window.value,
        .timespan_us = doc->window.value == WINDOW_SESSION ? doc->gap.number
                                                           : doc->timespan.number,
        .lateness_us = doc->allowed_lateness.number,
        .percentile = (uint32_t)doc->percentile.number,
        .condition = check_condition(&set, &doc->condition),
    };
    if (correlation_has_inputs(&correlation)) {
        correlation_inputs_write(doc, &correlation);
    }
    if (correlation.type == CORRELATION_ABSENCE) {
        correlation.timespan_us = absence_timespan_us(doc);
        correlation.before_us = doc->before.number;
        correlation.after_us = doc->after.number;
    }
    return correlation;
}

static struct correlation all_of(const struct correlation_doc *doc, struct arena *arena)
{
    const struct correlation_doc *docs = doc->all.items;
    struct correlation_part *parts = arena_array(arena, doc->all.count, sizeof *parts);
    struct correlation all = {
        .type = CORRELATION_ALL,
        .lateness_us = doc->allowed_lateness.number,
        .parts = parts,
        .part_count = (uint32_t)doc->all.count,
        .require = span_trim(doc->require.text),
        .waits = correlation_require_waits(doc->require.text),
    };
    int64_t within_us = 0;
    for (size_t i = 0; i < doc->all.count; i++) {
        parts[i].name = docs[i].record.key.text;
        parts[i].within_us = correlation_within_us(&docs[i]);
        parts[i].rule = one_of(&docs[i]);
        parts[i].rule.lateness_us = all.lateness_us;
        within_us = parts[i].within_us > within_us ? parts[i].within_us : within_us;
        if (parts[i].rule.timespan_us > all.timespan_us) {
            all.timespan_us = parts[i].rule.timespan_us;
        }
    }
    /* what a part found counts while it holds, and meets what comes as late as any part takes it */
    if (__builtin_add_overflow(all.timespan_us, within_us, &all.timespan_us)) {
        all.timespan_us = INT64_MAX;
    }
    return all;
}

struct correlation policy_correlation_of(const struct correlation_doc *doc, struct arena *arena)
{
    return doc->all.node ? all_of(doc, arena) : one_of(doc);
}
