/* plan_lookups.c: paths, columns and formats of lookups; a policy that overrides one gets a copy
 * with an index of its own. */
#include "policy/plan/plan_lookups.h"

#include "policy/document/report.h"

static bool format_of(struct span file, enum plan_lookup_format *format)
{
    static const struct {
        struct span suffix;
        enum plan_lookup_format format;
    } formats[] = {{{".csv", 4}, PLAN_LOOKUP_CSV},
                   {{".jsonl", 6}, PLAN_LOOKUP_JSON_LINES},
                   {{".yaml", 5}, PLAN_LOOKUP_YAML},
                   {{".yml", 4}, PLAN_LOOKUP_YAML}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (span_ends_with(file, formats[i].suffix)) {
            *format = formats[i].format;
            return true;
        }
    }
    return false;
}

struct span plan_lookups_resolve(struct span policy_file, struct span file, struct arena *arena)
{
    size_t folder = policy_file.len;
    while (folder > 0 && policy_file.ptr[folder - 1] != '/') {
        folder--;
    }
    if (span_starts_with(file, SPAN("/"))) {
        folder = 0;
    }
    return arena_printf(arena, "%.*s%.*s", (int)folder, policy_file.ptr, SPAN_ARG(file));
}

static void build_columns(const struct lookup_doc *doc, struct arena *arena,
                          struct plan_lookup *lookup)
{
    const struct column_doc *docs = doc->columns.items;
    struct plan_column *columns = arena_array(arena, doc->columns.count, sizeof *columns);
    for (size_t i = 0; i < doc->columns.count; i++) {
        columns[i].name = docs[i].record.key.text;
        columns[i].type = (enum plan_column_type)docs[i].type.value;
    }
    lookup->columns = columns;
    lookup->column_count = doc->columns.count;
}

/* What cells of a column become, by enum plan_column_type. */
static const enum cel_type_kind column_types[] = {
    [PLAN_COLUMN_STRING] = CEL_TYPE_STRING, [PLAN_COLUMN_DECIMAL] = CEL_TYPE_DECIMAL,
    [PLAN_COLUMN_INT] = CEL_TYPE_INT,       [PLAN_COLUMN_BOOL] = CEL_TYPE_BOOL,
    [PLAN_COLUMN_TIMESTAMP] = CEL_TYPE_TIMESTAMP, [PLAN_COLUMN_CIDR] = CEL_TYPE_CIDR,
};

/* A column that the lookup itself names has the type that it is used with, declared or not. */
static size_t add_named_column(struct cel_type_member *members, size_t count, struct span name,
                               const struct cel_type *type, bool force)
{
    size_t i = 0;
    while (i < count && !span_equals(members[i].name, name)) {
        i++;
    }
    if (name.len && (i == count || force)) {
        members[i] = (struct cel_type_member){name, type};
    }
    return name.len && i == count ? count + 1 : count;
}

/* The type of a lookup's rows; NULL when it declares no columns: then nothing is known of them. */
static const struct cel_type *row_of(const struct plan_lookup *lookup, struct arena *arena)
{
    size_t count = lookup->column_count;
    struct cel_type_member *members = arena_array(arena, count + 3, sizeof *members);
    const struct cel_type *time = cel_type_simple(CEL_TYPE_TIMESTAMP);
    if (count == 0) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        members[i].name = lookup->columns[i].name;
        members[i].type = cel_type_simple(column_types[lookup->columns[i].type]);
    }
    count = add_named_column(
        members, count, lookup->key,
        cel_type_simple(lookup->key_is_cidr ? CEL_TYPE_CIDR : CEL_TYPE_STRING),
        lookup->key_is_cidr);
    count = add_named_column(members, count, lookup->valid_from, time, true);
    count = add_named_column(members, count, lookup->valid_to, time, true);
    struct span name = arena_printf(arena, "a row of '%.*s'", SPAN_ARG(lookup->id));
    return cel_type_row(arena, name, members, count);
}

static void build_lookup(const struct plan_builder *builder, const struct lookup_doc *doc,
                         struct plan_lookup *lookup)
{
    const struct field_text *file = &doc->source.file;
    *lookup = (struct plan_lookup){
        .id = doc->id.text,
        .key = doc->key.column.text,
        .key_is_cidr = doc->key.type.value == 1,
        .valid_from = doc->valid.from.text,
        .valid_to = doc->valid.to.text,
        .max_age_us = doc->max_age.number,
        .on_stale = (enum plan_stale)doc->on_stale.value,
        .grace_us = doc->grace.number,
    };
    build_columns(doc, builder->arena, lookup);
    if (doc->source.kafka.node) {
        lookup->topic = doc->source.kafka.text;
        lookup->path = arena_printf(builder->arena, "topic %.*s", SPAN_ARG(lookup->topic));
        lookup->format = PLAN_LOOKUP_JSON_LINES;
    }
    if (!file->node) {
        return;
    }
    lookup->path = plan_lookups_resolve(doc->record.node->source->file, file->text, builder->arena);
    if (!format_of(file->text, &lookup->format)) {
        report_error(builder->diags, yaml_place(file->node),
                     SPAN("the name ends in .csv, .jsonl, .yaml or .yml"),
                     "what the file holds cannot be told from its name");
    }
}

/* Lookups of single policies come behind those of the set: room for all overrides. */
static size_t capacity_for(const struct plan_builder *builder)
{
    size_t count = 0;
    const struct policy_doc *policies = policy_set_policies(builder->set, &count);
    size_t capacity = builder->lookup_names.count;
    for (size_t i = 0; i < count; i++) {
        capacity += policies[i].lookups.count;
    }
    return capacity;
}

void plan_lookups_build(struct plan_builder *builder)
{
    size_t count = 0;
    const struct lookup_doc *docs = policy_set_lookups(builder->set, &count);
    struct span *names = arena_array(builder->arena, count, sizeof *names);
    uint32_t *indexes = arena_array(builder->arena, count, sizeof *indexes);
    builder->lookup_names = (struct plan_lookup_names){names, indexes, count};
    size_t capacity = capacity_for(builder);
    builder->lookup_rows.items = arena_array(builder->arena, capacity, sizeof(struct cel_type *));
    builder->lookups = arena_array(builder->arena, capacity, sizeof *builder->lookups);
    builder->lookup_docs = arena_array(builder->arena, capacity, sizeof *builder->lookup_docs);
    for (size_t i = 0; i < count; i++) {
        build_lookup(builder, &docs[i], &builder->lookups[i]);
        builder->lookup_docs[i] = &docs[i];
        builder->lookup_rows.items[i] = row_of(&builder->lookups[i], builder->arena);
        names[i] = docs[i].id.text;
        indexes[i] = (uint32_t)i;
    }
    builder->lookup_count = count;
    builder->lookup_rows.count = count;
}

/* Adds the changed lookup and gives its index. */
static uint32_t add_override(struct plan_builder *builder, size_t base,
                             const struct lookup_override_doc *override)
{
    struct plan_lookup *lookup = &builder->lookups[builder->lookup_count];
    *lookup = builder->lookups[base];
    builder->lookup_docs[builder->lookup_count] = builder->lookup_docs[base];
    builder->lookup_rows.items[builder->lookup_count] = builder->lookup_rows.items[base];
    builder->lookup_rows.count = builder->lookup_count + 1;
    if (override->max_age.node) {
        lookup->max_age_us = override->max_age.number;
    }
    if (override->on_stale.node) {
        lookup->on_stale = (enum plan_stale)override->on_stale.value;
    }
    if (override->grace.node) {
        lookup->grace_us = override->grace.number;
    }
    return (uint32_t)builder->lookup_count++;
}

const struct plan_lookup_names *plan_lookups_of_policy(struct plan_builder *builder,
                                                       const struct policy_doc *policy)
{
    const struct plan_lookup_names *base = &builder->lookup_names;
    const struct lookup_override_doc *overrides = policy->lookups.items;
    if (policy->lookups.count == 0) {
        return base;
    }
    uint32_t *indexes = arena_array(builder->arena, base->count, sizeof *indexes);
    for (size_t i = 0; i < base->count; i++) {
        indexes[i] = base->indexes[i];
        for (size_t k = 0; k < policy->lookups.count; k++) {
            if (span_equals(overrides[k].record.key.text, base->items[i])) {
                indexes[i] = add_override(builder, i, &overrides[k]);
            }
        }
    }
    struct plan_lookup_names *names = arena_alloc(builder->arena, sizeof *names);
    *names = (struct plan_lookup_names){base->items, indexes, base->count};
    return names;
}
