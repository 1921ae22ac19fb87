/* policy_check.c: what no single key can tell: unique ids, references, overrides, masks, and what
 * this version does not offer yet. */
#include "policy/document/policy_check.h"

#include "policy/document/report.h"

#include <stdlib.h>

static const struct span NO_HINT = {0};

struct named {
    struct span name;
    const struct yaml_node *node;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *left = a;
    const struct named *right = b;
    int order = span_compare(left->name, right->name);
    if (order == 0) { /* the first one in the set comes first */
        order = left->node < right->node ? -1 : left->node > right->node;
    }
    return order;
}

/* Reports every name that stands twice. The array is put in order. */
static void check_unique(const struct policy_set *set, struct named *names, size_t count,
                         const char *what)
{
    if (count > 1) {
        qsort(names, count, sizeof *names, compare_named);
    }
    for (size_t i = 1; i < count; i++) {
        if (names[i].name.len == 0 || !span_equals(names[i].name, names[i - 1].name)) {
            continue;
        }
        struct place first = yaml_place(names[i - 1].node);
        struct span hint = arena_printf(set->diags->arena, "the other one stands in %.*s, line %u",
                                        SPAN_ARG(first.file), first.line);
        report_error(set->diags, yaml_place(names[i].node), hint, "%s '%.*s' exists twice", what,
                     SPAN_ARG(names[i].name));
    }
}

static struct named *names_new(const struct policy_set *set, size_t count)
{
    return arena_array(set->arena, count, sizeof(struct named));
}

/* Every table of documents has a row 'id'. */
static const struct field_text *id_at(const struct policy_set *set, enum document_kind kind,
                                      size_t index)
{
    const struct field_table *table = document_table(kind);
    const char *document = (const char *)set->documents[kind].items + index * table->size;
    return (const void *)(document + fields_find(table, SPAN("id"))->offset);
}

static void check_ids(const struct policy_set *set, enum document_kind kind)
{
    size_t count = set->documents[kind].count;
    struct named *names = names_new(set, count);
    for (size_t i = 0; i < count; i++) {
        names[i] = (struct named){id_at(set, kind, i)->text, id_at(set, kind, i)->node};
    }
    struct span what = arena_printf(set->arena, "the %.*s", SPAN_ARG(document_kind_name(kind)));
    check_unique(set, names, count, what.ptr);
}

static void check_lists(const struct policy_set *set)
{
    size_t count = 0;
    const struct list_doc *docs = policy_set_lists(set, &count);
    for (size_t i = 0; i < count; i++) {
        if (docs[i].values && docs[i].values->kind == YAML_KIND_SCALAR) {
            report_error(set->diags, yaml_place(docs[i].values), NO_HINT,
                         "values are a list or a map, not %s", yaml_describe(docs[i].values));
        }
    }
}

static void check_definition_names(const struct policy_set *set)
{
    size_t count = 0;
    size_t sum = 0;
    const struct definitions_doc *docs = policy_set_definitions(set, &count);
    for (size_t i = 0; i < count; i++) {
        sum += docs[i].definitions.count;
    }
    struct named *names = names_new(set, sum);
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        const struct named_doc *items = docs[i].definitions.items;
        for (size_t k = 0; k < docs[i].definitions.count; k++) {
            names[filled++] = (struct named){items[k].record.key.text, items[k].record.key.node};
        }
    }
    check_unique(set, names, sum, "the definition");
}

static void check_variable_names(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct named_doc *docs = policy->variables.items;
    struct named *names = names_new(set, policy->variables.count);
    for (size_t i = 0; i < policy->variables.count; i++) {
        names[i] = (struct named){docs[i].name.text, docs[i].name.node};
    }
    check_unique(set, names, policy->variables.count, "the variable");
}

static void refuse_reference(const struct policy_set *set, const struct yaml_node *node,
                             const struct span *known, size_t count, const char *what)
{
    report_error(set->diags, yaml_place(node), report_nearest(set->diags, node->text, known, count),
                 "there is no %s '%.*s'", what, SPAN_ARG(report_cut(node->text)));
}

void policy_check_reference(const struct policy_set *set, const struct yaml_node *node,
                            enum document_kind kind)
{
    size_t count = set->documents[kind].count;
    for (size_t i = 0; i < count; i++) {
        if (span_equals(id_at(set, kind, i)->text, node->text)) {
            return;
        }
    }
    if (report_is_full(set->diags)) {
        return;
    }
    struct span *known = arena_array(set->arena, count, sizeof *known);
    for (size_t i = 0; i < count; i++) {
        known[i] = id_at(set, kind, i)->text;
    }
    refuse_reference(set, node, known, count, document_kind_name(kind).ptr);
}

static void refuse_unavailable(const struct policy_set *set, const struct yaml_node *node,
                               const char *what)
{
    if (node) {
        report_error(set->diags, yaml_place(node), NO_HINT, "%s is not available yet", what);
    }
}

static const int64_t grace_min_us = INT64_C(1000000);
static const int64_t grace_max_us = INT64_C(3600) * 1000000;

/* "0s" takes a grace away from a policy. */
static void check_grace(const struct policy_set *set, const struct field_number *grace)
{
    bool fits = grace->number == 0 || (grace->number >= grace_min_us &&
                                       grace->number <= grace_max_us);
    if (grace->node && !fits) {
        report_error(set->diags, yaml_place(grace->node),
                     SPAN("alerts wait as long; 60s is enough where rows come soon after"),
                     "'grace' is from 1s to 1h, or 0s");
    }
}

static void check_overrides(const struct policy_set *set, const struct policy_doc *policy)
{
    const struct lookup_override_doc *docs = policy->lookups.items;
    for (size_t i = 0; i < policy->lookups.count; i++) {
        policy_check_reference(set, docs[i].record.key.node, DOCUMENT_LOOKUP);
        check_grace(set, &docs[i].grace);
    }
}

/* As Kafka wants names of topics. */
static void check_topic(const struct policy_set *set, const struct field_text *topic)
{
    enum { TOPIC_BYTES_MAX = 249 };
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    bool sound = topic->text.len > 0 && topic->text.len <= TOPIC_BYTES_MAX;
    for (size_t i = 0; i < topic->text.len; i++) {
        sound = sound && memchr(allowed, topic->text.ptr[i], sizeof allowed - 1);
    }
    if (topic->node && !sound) {
        report_error(set->diags, yaml_place(topic->node),
                     SPAN("letters, digits, '.', '_' and '-', at most 249 of them"),
                     "this is no name of a topic");
    }
}

static void check_source(const struct policy_set *set, const struct lookup_doc *lookup)
{
    const struct lookup_source_doc *source = &lookup->source;
    int given = (source->file.node != NULL) + (source->kafka.node != NULL) +
                (source->table.node != NULL);
    if (source->record.node && given != 1) {
        report_error(set->diags, yaml_place(source->record.node), SPAN("write {file: rows.csv}"),
                     "a source is one of file, kafka and table");
    }
    check_topic(set, &source->kafka);
    refuse_unavailable(set, source->table.node, "a lookup from a table");
    check_grace(set, &lookup->grace);
}

static void check_lookup(const struct policy_set *set, const struct lookup_doc *lookup)
{
    const struct column_doc *columns = lookup->columns.items;
    struct span *names = arena_array(set->arena, lookup->columns.count, sizeof *names);
    bool found = false;
    for (size_t i = 0; i < lookup->columns.count; i++) {
        names[i] = columns[i].record.key.text;
        found |= span_equals(names[i], lookup->key.column.text);
    }
    check_source(set, lookup);
    if (lookup->columns.node && lookup->key.column.node && !found) {
        refuse_reference(set, lookup->key.column.node, names, lookup->columns.count, "column");
    }
    const struct lookup_valid_doc *valid = &lookup->valid;
    if (valid->record.node && !valid->from.node && !valid->to.node) {
        report_error(set->diags, yaml_place(valid->record.node),
                     SPAN("write {from: COLUMN, to: COLUMN}"), "'valid' names no column");
    }
}

static void check_masks(const struct policy_set *set, const struct policy_doc *policy,
                        const struct plan_options *options)
{
    const struct mask_doc *docs = policy->mask.items;
    for (size_t i = 0; i < policy->mask.count; i++) {
        int kind = docs[i].kind.value;
        bool keyed = kind == PLAN_MASK_HASH || kind == PLAN_MASK_TOKENIZE;
        if (docs[i].kind.node && keyed && options->mask_key.len == 0) {
            report_error(set->diags, yaml_place(docs[i].kind.node),
                         SPAN("set mask_key, or use redact or last4"),
                         "hash and tokenize need the configuration's mask_key");
        }
    }
}

static void check_policy(const struct policy_set *set, const struct policy_doc *policy,
                         const struct plan_options *options)
{
    policy_check_correlation(set, policy);
    check_variable_names(set, policy);
    policy_check_match(set, policy);
    check_overrides(set, policy);
    check_masks(set, policy, options);
    policy_check_tests(set, policy);
}

static void check_exceptions(const struct policy_set *set)
{
    size_t count = 0;
    const struct exception_doc *exceptions = policy_set_exceptions(set, &count);
    for (size_t i = 0; i < count; i++) {
        if (exceptions[i].policy.node) {
            policy_check_reference(set, exceptions[i].policy.node, DOCUMENT_POLICY);
        }
    }
}

void policy_check(const struct policy_set *set, const struct plan_options *options)
{
    size_t count = 0;
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        check_ids(set, (enum document_kind)kind);
    }
    check_lists(set);
    check_definition_names(set);
    check_exceptions(set);
    const struct lookup_doc *lookups = policy_set_lookups(set, &count);
    for (size_t i = 0; i < count; i++) {
        check_lookup(set, &lookups[i]);
    }
    const struct policy_doc *policies = policy_set_policies(set, &count);
    for (size_t i = 0; i < count; i++) {
        check_policy(set, &policies[i], options);
    }
}
