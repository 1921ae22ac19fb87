/* correlation_tables.c: the keys of a correlation; which of them go with which type is checked by
 * correlation_check.c. */
#include "policy/document/policy_tables.h"

#include "model/correlation.h"

static const struct field_choice type_words[] = {
    {{"event_count", 11}, 0},
    {{"value_count", 11}, 1},
    {{"value_sum", 9}, 2},
    {{"value_avg", 9}, 3},
    {{"value_percentile", 16}, 4},
    {{"temporal", 8}, 5},
    {{"temporal_ordered", 16}, 6},
    {{"absence", 7}, 7},
    {{"new_terms", 9}, 8},
    {{"baseline", 8}, 9},
};
static const struct field_choice window_words[] = {
    {{"sliding", 7}, 0},
    {{"tumbling", 8}, 1},
    {{"session", 7}, 2},
};

/* By the values of enum correlation_metric. */
static const struct field_choice metric_words[] = {
    {{"event_count", 11}, 0},
    {{"sum", 3}, 1},
    {{"distinct", 8}, 2},
    {{"error_ratio", 11}, 3},
    {{"relative_change", 15}, 4},
};

static const struct field compare_fields[] = {
    {.key = "gt", .type = FIELD_SCALAR, .offset = offsetof(struct compare_doc, gt),
     .doc = "Greater than."},
    {.key = "gte", .type = FIELD_SCALAR, .offset = offsetof(struct compare_doc, gte),
     .doc = "At least."},
    {.key = "lt", .type = FIELD_SCALAR, .offset = offsetof(struct compare_doc, lt),
     .doc = "Less than."},
    {.key = "lte", .type = FIELD_SCALAR, .offset = offsetof(struct compare_doc, lte),
     .doc = "At most."},
    {.key = "eq", .type = FIELD_SCALAR, .offset = offsetof(struct compare_doc, eq),
     .doc = "Equal."},
    {.key = "neq", .type = FIELD_SCALAR, .offset = offsetof(struct compare_doc, neq),
     .doc = "Not equal."},
};
static const struct field_table compare_table = {
    .name = "a condition of a correlation",
    .fields = compare_fields,
    .count = sizeof compare_fields / sizeof *compare_fields,
    .size = sizeof(struct compare_doc),
};

static const struct field step_fields[] = {
    {.key = "policy", .type = FIELD_NAME, .offset = offsetof(struct correlation_step_doc, policy),
     .required = true,
     .doc = "Whose finding."},
    {.key = "min", .type = FIELD_INTEGER, .offset = offsetof(struct correlation_step_doc, min),
     .min = 1, .max = 1000000, .fallback = "1",
     .doc = "How many of them."},
};
static const struct field_table step_table = {
    .name = "a step",
    .fields = step_fields,
    .count = sizeof step_fields / sizeof *step_fields,
    .size = sizeof(struct correlation_step_doc),
};

/* A part takes the rows of a correlation but for the last two. */
enum { ROWS_OF_WHOLE_ONLY = 2 };
static const struct field_table part_table;

static const struct field correlation_fields[] = {
    {.key = "type", .type = FIELD_WORD, .offset = offsetof(struct correlation_doc, type),
     .words = type_words, .word_count = 10,
     .doc = "What is watched over time."},
    {.key = "policies", .type = FIELD_TEXTS, .offset = offsetof(struct correlation_doc, policies),
     .min = 1, .max = CORRELATION_INPUTS_MAX,
     .doc = "Over the findings of these policies, of mode enforce or signal, instead of matches of "
            "its own."},
    {.key = "without", .type = FIELD_TEXTS, .offset = offsetof(struct correlation_doc, without),
     .min = 1, .max = CORRELATION_INPUTS_MAX,
     .doc = "absence: policies whose findings should have come."},
    {.key = "aliases", .type = FIELD_ANY_MAP, .offset = offsetof(struct correlation_doc, aliases),
     .doc = "A key that is called differently in each policy: {user: {policy-a: actor.principal, "
            "policy-b: new.email}}."},
    {.key = "group_by", .type = FIELD_TEXTS, .offset = offsetof(struct correlation_doc, group_by),
     .doc = "CEL expressions; equal values are watched together. [] is one group."},
    {.key = "timespan", .type = FIELD_DURATION,
     .offset = offsetof(struct correlation_doc, timespan), .min = 1,
     .doc = "The length of the window."},
    {.key = "window", .type = FIELD_WORD, .offset = offsetof(struct correlation_doc, window),
     .words = window_words, .word_count = 3, .fallback = "sliding",
     .doc = "How the window moves."},
    {.key = "gap", .type = FIELD_DURATION, .offset = offsetof(struct correlation_doc, gap),
     .min = 1,
     .doc = "session: the pause that ends it."},
    {.key = "field", .type = FIELD_SCALAR, .offset = offsetof(struct correlation_doc, field),
     .doc = "CEL: the value that is counted, summed, averaged."},
    {.key = "fields", .type = FIELD_TEXTS, .offset = offsetof(struct correlation_doc, fields),
     .min = 1, .max = 3,
     .doc = "new_terms: up to three CEL expressions, whose values together are new."},
    {.key = "condition", .type = FIELD_RECORD,
     .offset = offsetof(struct correlation_doc, condition), .record = &compare_table,
     .doc = "When it fires."},
    {.key = "percentile", .type = FIELD_INTEGER,
     .offset = offsetof(struct correlation_doc, percentile), .min = 1, .max = 99,
     .doc = "value_percentile: which one."},
    {.key = "allowed_lateness", .type = FIELD_DURATION,
     .offset = offsetof(struct correlation_doc, allowed_lateness),
     .doc = "How late an event may come and still count."},
    {.key = "steps", .type = FIELD_RECORDS, .offset = offsetof(struct correlation_doc, steps),
     .record = &step_table, .min = 1, .max = CORRELATION_INPUTS_MAX,
     .doc = "temporal_ordered: whose findings, one after the other."},
    {.key = "before", .type = FIELD_DURATION, .offset = offsetof(struct correlation_doc, before),
     .doc = "absence: how long before a finding another counts."},
    {.key = "after", .type = FIELD_DURATION, .offset = offsetof(struct correlation_doc, after),
     .doc = "absence: how long after it. 0s, or left out: it is decided at once."},
    {.key = "history_window", .type = FIELD_DURATION,
     .offset = offsetof(struct correlation_doc, history_window), .min = 1,
     .doc = "new_terms: how long a value is remembered."},
    {.key = "learning", .type = FIELD_DURATION,
     .offset = offsetof(struct correlation_doc, learning),
     .doc = "new_terms: how long it only learns."},
    {.key = "within", .type = FIELD_DURATION, .offset = offsetof(struct correlation_doc, within),
     .min = 1,
     .doc = "How long a part of `all` stays true."},
    {.key = "metric", .type = FIELD_WORD, .offset = offsetof(struct correlation_doc, metric),
     .words = metric_words, .word_count = 5,
     .doc = "baseline: what is compared with its own past."},
    {.key = "bucket", .type = FIELD_DURATION, .offset = offsetof(struct correlation_doc, bucket),
     .min = 1, .fallback = "60s",
     .doc = "baseline: the length of one measurement."},
    {.key = "all", .type = FIELD_MAP, .offset = offsetof(struct correlation_doc, all),
     .record = &part_table,
     .doc = "Named parts that share one group_by."},
    {.key = "require", .type = FIELD_SCALAR, .offset = offsetof(struct correlation_doc, require),
     .doc = "CEL over the names of the parts."},
};
static const struct field_table part_table = {
    .name = "a part of a correlation",
    .fields = correlation_fields,
    .count = sizeof correlation_fields / sizeof *correlation_fields - ROWS_OF_WHOLE_ONLY,
    .size = sizeof(struct correlation_doc),
    .key_type = FIELD_IDENTIFIER,
};

const struct field_table correlation_table = {
    .name = "a correlation",
    .fields = correlation_fields,
    .count = sizeof correlation_fields / sizeof *correlation_fields,
    .size = sizeof(struct correlation_doc),
};
