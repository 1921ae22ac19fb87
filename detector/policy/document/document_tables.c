/* document_tables.c: the keys of Lookup, List, Definitions and Exception. */
#include "policy/document/policy_tables.h"

static const struct field_choice version_words[] = {
    {{"deltaward/v1", 12}, 1},
};
static const struct field_choice lookup_kind[] = {
    {{"Lookup", 6}, DOCUMENT_LOOKUP},
};
static const struct field_choice list_kind[] = {
    {{"List", 4}, DOCUMENT_LIST},
};
static const struct field_choice definitions_kind[] = {
    {{"Definitions", 11}, DOCUMENT_DEFINITIONS},
};
static const struct field_choice exception_kind[] = {
    {{"Exception", 9}, DOCUMENT_EXCEPTION},
};
static const struct field_choice column_words[] = {
    {{"string", 6}, PLAN_COLUMN_STRING},
    {{"decimal", 7}, PLAN_COLUMN_DECIMAL},
    {{"int", 3}, PLAN_COLUMN_INT},
    {{"bool", 4}, PLAN_COLUMN_BOOL},
    {{"timestamp", 9}, PLAN_COLUMN_TIMESTAMP},
    {{"cidr", 4}, PLAN_COLUMN_CIDR},
};
static const struct field_choice key_words[] = {
    {{"exact", 5}, 0},
    {{"cidr", 4}, 1},
};

static const struct field source_fields[] = {
    {.key = "file", .type = FIELD_TEXT, .offset = offsetof(struct lookup_source_doc, file),
     .doc = "A .csv, .jsonl, .yaml or .yml file, relative to this one. It is read again when it "
            "changes."},
    {.key = "kafka", .type = FIELD_TEXT, .offset = offsetof(struct lookup_source_doc, kafka),
     .doc = "A compacted topic: one row a record, as a JSON object; a record without a value "
            "removes its key's row. Only `deltaward detect` reads it."},
    {.key = "table", .type = FIELD_TEXT, .offset = offsetof(struct lookup_source_doc, table),
     .doc = "A DynamoDB table's own change stream. Not available yet."},
};
static const struct field_table source_table = {
    .name = "source",
    .fields = source_fields,
    .count = sizeof source_fields / sizeof *source_fields,
    .size = sizeof(struct lookup_source_doc),
};

static const struct field key_fields[] = {
    {.key = "column", .type = FIELD_TEXT, .offset = offsetof(struct lookup_key_doc, column),
     .required = true,
     .doc = "The column that lookup() is asked by."},
    {.key = "type", .type = FIELD_WORD, .offset = offsetof(struct lookup_key_doc, type),
     .words = key_words, .word_count = 2, .fallback = "exact",
     .doc = "cidr: the row with the longest prefix that holds the address."},
};
static const struct field key_scalar = {
    .key = "column", .type = FIELD_TEXT, .offset = offsetof(struct lookup_key_doc, column),
    .doc = "The column that lookup() is asked by."};
static const struct field_table key_table = {
    .name = "key",
    .fields = key_fields,
    .count = sizeof key_fields / sizeof *key_fields,
    .size = sizeof(struct lookup_key_doc),
    .scalar = &key_scalar,
};

static const struct field column_scalar = {
    .key = "type", .type = FIELD_WORD, .offset = offsetof(struct column_doc, type),
    .words = column_words, .word_count = 6, .doc = "The type of the cells."};
static const struct field_table column_table = {
    .name = "a column",
    .size = sizeof(struct column_doc),
    .scalar = &column_scalar,
    .key_type = FIELD_TEXT,
};

static const struct field valid_fields[] = {
    {.key = "from", .type = FIELD_TEXT, .offset = offsetof(struct lookup_valid_doc, from),
     .doc = "The column of the time from which a row counts; an empty cell: always."},
    {.key = "to", .type = FIELD_TEXT, .offset = offsetof(struct lookup_valid_doc, to),
     .doc = "The column of the time until which a row counts; an empty cell: for ever."},
};
static const struct field_table valid_table = {
    .name = "valid",
    .fields = valid_fields,
    .count = sizeof valid_fields / sizeof *valid_fields,
    .size = sizeof(struct lookup_valid_doc),
};

static const struct field lookup_fields[] = {
    {.key = "apiVersion", .type = FIELD_WORD, .offset = offsetof(struct lookup_doc, api_version),
     .words = version_words, .word_count = 1, .required = true,
     .doc = "The version of this language."},
    {.key = "kind", .type = FIELD_WORD, .offset = offsetof(struct lookup_doc, kind),
     .words = lookup_kind, .word_count = 1, .required = true,
     .doc = "A reference table."},
    {.key = "id", .type = FIELD_NAME, .offset = offsetof(struct lookup_doc, id), .required = true,
     .doc = "Expressions say lookup('ID', key)."},
    {.key = "owner", .type = FIELD_TEXT, .offset = offsetof(struct lookup_doc, owner),
     .doc = "Who answers for it."},
    {.key = "description", .type = FIELD_TEXT, .offset = offsetof(struct lookup_doc, description),
     .doc = "What it is for."},
    {.key = "source", .type = FIELD_RECORD, .offset = offsetof(struct lookup_doc, source),
     .record = &source_table, .required = true,
     .doc = "Where the rows come from."},
    {.key = "key", .type = FIELD_RECORD, .offset = offsetof(struct lookup_doc, key),
     .record = &key_table, .required = true,
     .doc = "What rows are found by: a column, or {column, type: cidr}."},
    {.key = "columns", .type = FIELD_MAP, .offset = offsetof(struct lookup_doc, columns),
     .record = &column_table, .required = true,
     .doc = "The columns and their types; others are left out."},
    {.key = "valid", .type = FIELD_RECORD, .offset = offsetof(struct lookup_doc, valid),
     .record = &valid_table,
     .doc = "Rows count only in their time: the answer is the one as of the time of the change."},
    {.key = "grace", .type = FIELD_DURATION, .offset = offsetof(struct lookup_doc, grace),
     .doc = "Hold a match back for so long, then ask again and alert only if it still matches: a "
            "row may arrive after the change. From 1s to 1h."},
    {.key = "max_age", .type = FIELD_DURATION, .offset = offsetof(struct lookup_doc, max_age),
     .min = 1,
     .doc = "Rows of an older file are stale."},
    {.key = "on_stale", .type = FIELD_WORD, .offset = offsetof(struct lookup_doc, on_stale),
     .words = stale_words, .word_count = STALE_WORD_COUNT, .fallback = "alert",
     .doc = "What a stale lookup does: alert says so in the alert, skip lets nothing match, error "
            "is a failure of the condition."},
};
const struct field_table lookup_table = {
    .name = "a Lookup",
    .fields = lookup_fields,
    .count = sizeof lookup_fields / sizeof *lookup_fields,
    .size = sizeof(struct lookup_doc),
};

static const struct field list_fields[] = {
    {.key = "apiVersion", .type = FIELD_WORD, .offset = offsetof(struct list_doc, api_version),
     .words = version_words, .word_count = 1, .required = true,
     .doc = "The version of this language."},
    {.key = "kind", .type = FIELD_WORD, .offset = offsetof(struct list_doc, kind),
     .words = list_kind, .word_count = 1, .required = true,
     .doc = "Named constants."},
    {.key = "id", .type = FIELD_NAME, .offset = offsetof(struct list_doc, id), .required = true,
     .doc = "Expressions say lists.ID."},
    {.key = "owner", .type = FIELD_TEXT, .offset = offsetof(struct list_doc, owner),
     .doc = "Who answers for it."},
    {.key = "description", .type = FIELD_TEXT, .offset = offsetof(struct list_doc, description),
     .doc = "What it is for."},
    {.key = "values", .type = FIELD_ANY, .offset = offsetof(struct list_doc, values),
     .required = true,
     .doc = "A list or a map of constants; numbers are decimals."},
};
const struct field_table list_table = {
    .name = "a List",
    .fields = list_fields,
    .count = sizeof list_fields / sizeof *list_fields,
    .size = sizeof(struct list_doc),
};

static const struct field definition_scalar = {
    .key = "expression", .type = FIELD_SCALAR, .offset = offsetof(struct named_doc, expression),
    .doc = "CEL; computed at most once a change, and only when it is read."};
static const struct field_table definition_table = {
    .name = "a definition",
    .size = sizeof(struct named_doc),
    .scalar = &definition_scalar,
    .key_type = FIELD_IDENTIFIER,
};

static const struct field definitions_fields[] = {
    {.key = "apiVersion", .type = FIELD_WORD,
     .offset = offsetof(struct definitions_doc, api_version), .words = version_words,
     .word_count = 1, .required = true,
     .doc = "The version of this language."},
    {.key = "kind", .type = FIELD_WORD, .offset = offsetof(struct definitions_doc, kind),
     .words = definitions_kind, .word_count = 1, .required = true,
     .doc = "Named expressions that any policy may read."},
    {.key = "id", .type = FIELD_NAME, .offset = offsetof(struct definitions_doc, id),
     .doc = "What the collection is called."},
    {.key = "owner", .type = FIELD_TEXT, .offset = offsetof(struct definitions_doc, owner),
     .doc = "Who answers for it."},
    {.key = "description", .type = FIELD_TEXT,
     .offset = offsetof(struct definitions_doc, description),
     .doc = "What it is for."},
    {.key = "definitions", .type = FIELD_MAP,
     .offset = offsetof(struct definitions_doc, definitions), .record = &definition_table,
     .required = true,
     .doc = "Expressions say defs.NAME."},
};
const struct field_table definitions_table = {
    .name = "Definitions",
    .fields = definitions_fields,
    .count = sizeof definitions_fields / sizeof *definitions_fields,
    .size = sizeof(struct definitions_doc),
};

static const struct field exception_fields[] = {
    {.key = "apiVersion", .type = FIELD_WORD,
     .offset = offsetof(struct exception_doc, api_version), .words = version_words,
     .word_count = 1, .required = true,
     .doc = "The version of this language."},
    {.key = "kind", .type = FIELD_WORD, .offset = offsetof(struct exception_doc, kind),
     .words = exception_kind, .word_count = 1, .required = true,
     .doc = "A documented exemption from a policy."},
    {.key = "id", .type = FIELD_NAME, .offset = offsetof(struct exception_doc, id),
     .required = true,
     .doc = "What the exemption is called."},
    {.key = "policy", .type = FIELD_NAME, .offset = offsetof(struct exception_doc, policy),
     .required = true,
     .doc = "The id of the policy that it exempts from."},
    {.key = "condition", .type = FIELD_SCALAR, .offset = offsetof(struct exception_doc, condition),
     .required = true,
     .doc = "CEL; a match is exempted where it is true."},
    {.key = "owner", .type = FIELD_TEXT, .offset = offsetof(struct exception_doc, owner),
     .required = true,
     .doc = "Who answers for it."},
    {.key = "reason", .type = FIELD_TEXT, .offset = offsetof(struct exception_doc, reason),
     .required = true,
     .doc = "Why it exists."},
    {.key = "expires", .type = FIELD_TIME, .offset = offsetof(struct exception_doc, expires),
     .doc = "From this moment (a date: 00:00 UTC) of event time it exempts no longer."},
};
const struct field_table exception_table = {
    .name = "an Exception",
    .fields = exception_fields,
    .count = sizeof exception_fields / sizeof *exception_fields,
    .size = sizeof(struct exception_doc),
};
