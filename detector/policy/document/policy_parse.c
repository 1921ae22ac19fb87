/* policy_parse.c: each YAML document by its `kind` into the list of that kind. */
#include "policy/document/policy.h"

#include "policy/document/policy_tables.h"
#include "policy/document/report.h"

static const struct {
    struct span name;
    const struct field_table *table;
} kinds[DOCUMENT_KIND_COUNT] = {
    [DOCUMENT_POLICY] = {{"Policy", 6}, &policy_table},
    [DOCUMENT_LOOKUP] = {{"Lookup", 6}, &lookup_table},
    [DOCUMENT_LIST] = {{"List", 4}, &list_table},
    [DOCUMENT_DEFINITIONS] = {{"Definitions", 11}, &definitions_table},
    [DOCUMENT_EXCEPTION] = {{"Exception", 9}, &exception_table},
};

struct span document_kind_name(enum document_kind kind)
{
    return kinds[kind].name;
}

const struct field_table *document_table(enum document_kind kind)
{
    return kinds[kind].table;
}

/* Room for one more record, which is zeroed. */
static void *list_next(struct document_list *list, size_t size, struct arena *arena)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        char *items = arena_array(arena, capacity, size);
        if (list->count) {
            memcpy(items, list->items, list->count * size);
        }
        list->items = items;
        list->capacity = capacity;
    }
    return (char *)list->items + list->count++ * size;
}

static void refuse_kind(struct policy_set *set, const struct yaml_node *document,
                        const struct yaml_node *kind)
{
    struct span names[DOCUMENT_KIND_COUNT];
    for (size_t i = 0; i < DOCUMENT_KIND_COUNT; i++) {
        names[i] = kinds[i].name;
    }
    struct span all = SPAN("kind is one of Policy, Lookup, List, Definitions, Exception");
    if (!kind || kind->kind != YAML_KIND_SCALAR) {
        report_error(set->diags, yaml_place(kind ? kind : document), all,
                     "a document says its kind: 'kind: Policy'");
        return;
    }
    struct span hint = report_nearest(set->diags, kind->text, names, DOCUMENT_KIND_COUNT);
    report_error(set->diags, yaml_place(kind), hint.len ? hint : all, "unknown kind '%.*s'",
                 SPAN_ARG(report_cut(kind->text)));
}

static void parse_document(struct policy_set *set, const struct yaml_node *document)
{
    const struct yaml_node *kind = yaml_get(document, "kind");
    for (size_t i = 0; kind && kind->kind == YAML_KIND_SCALAR && i < DOCUMENT_KIND_COUNT; i++) {
        if (span_equals(kind->text, kinds[i].name)) {
            const struct field_table *table = kinds[i].table;
            void *record = list_next(&set->documents[i], table->size, set->arena);
            fields_read(table, document, set->arena, set->diags, record);
            return;
        }
    }
    refuse_kind(set, document, kind);
}

void policy_parse(struct policy_set *set, const struct yaml_documents *documents)
{
    for (size_t i = 0; i < documents->count; i++) {
        parse_document(set, documents->items[i]);
    }
}

const struct policy_doc *policy_set_policies(const struct policy_set *set, size_t *count)
{
    *count = set->documents[DOCUMENT_POLICY].count;
    return set->documents[DOCUMENT_POLICY].items;
}

const struct lookup_doc *policy_set_lookups(const struct policy_set *set, size_t *count)
{
    *count = set->documents[DOCUMENT_LOOKUP].count;
    return set->documents[DOCUMENT_LOOKUP].items;
}

const struct list_doc *policy_set_lists(const struct policy_set *set, size_t *count)
{
    *count = set->documents[DOCUMENT_LIST].count;
    return set->documents[DOCUMENT_LIST].items;
}

const struct definitions_doc *policy_set_definitions(const struct policy_set *set, size_t *count)
{
    *count = set->documents[DOCUMENT_DEFINITIONS].count;
    return set->documents[DOCUMENT_DEFINITIONS].items;
}

const struct exception_doc *policy_set_exceptions(const struct policy_set *set, size_t *count)
{
    *count = set->documents[DOCUMENT_EXCEPTION].count;
    return set->documents[DOCUMENT_EXCEPTION].items;
}

size_t policy_set_find(const struct policy_set *set, struct span id)
{
    size_t count = 0;
    size_t at = 0;
    const struct policy_doc *policies = policy_set_policies(set, &count);
    while (at < count && !span_equals(policies[at].id.text, id)) {
        at++;
    }
    return at;
}
