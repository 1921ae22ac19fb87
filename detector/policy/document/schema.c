/* schema.c: the tables of keys as a JSON Schema, row by row. */
#include "policy/document/schema.h"

#include "policy/document/policy.h"

static void member(struct json_writer *writer, const char *key, const char *text)
{
    json_key(writer, key);
    json_write_string(writer, span_view(text));
}

static void write_scalar_type(struct json_writer *writer)
{
    json_key(writer, "type");
    json_open_array(writer);
    json_write_string(writer, SPAN("string"));
    json_write_string(writer, SPAN("number"));
    json_write_string(writer, SPAN("boolean"));
    json_close_array(writer);
}

static void write_pattern(struct json_writer *writer, const char *pattern)
{
    member(writer, "type", "string");
    member(writer, "pattern", pattern);
}

static void write_text(struct json_writer *writer)
{
    member(writer, "type", "string");
    json_key(writer, "minLength");
    json_write_int(writer, 1);
}

static void write_words(const struct field *field, struct json_writer *writer)
{
    json_key(writer, "enum");
    json_open_array(writer);
    for (size_t i = 0; i < field->word_count; i++) {
        json_write_string(writer, field->words[i].word);
    }
    json_close_array(writer);
}

static void write_integer(const struct field *field, struct json_writer *writer)
{
    member(writer, "type", "integer");
    json_key(writer, "minimum");
    json_write_int(writer, field->min);
    json_key(writer, "maximum");
    json_write_int(writer, field->max);
}

/* "^([Mm][Oo]...|...)$": JSON Schema has no words in any case. */
static void write_any_case(const struct field *field, struct json_writer *writer)
{
    struct buf pattern = {0};
    buf_append(&pattern, SPAN("^("));
    for (size_t i = 0; i < field->word_count; i++) {
        struct span word = field->words[i].word;
        buf_append(&pattern, i ? SPAN("|") : SPAN(""));
        for (size_t k = 0; k < word.len; k++) {
            buf_printf(&pattern, "[%c%c]", word.ptr[k], word.ptr[k] ^ 0x20);
        }
    }
    buf_append(&pattern, SPAN(")$"));
    write_pattern(writer, pattern.ptr);
    buf_deinit(&pattern);
}

/* Up to the key under which the schema of the elements is to be written. */
static void open_items(const struct field *field, struct json_writer *writer)
{
    member(writer, "type", "array");
    if (field->min > 0) {
        json_key(writer, "minItems");
        json_write_int(writer, field->min);
    }
    if (field->max > 0) {
        json_key(writer, "maxItems");
        json_write_int(writer, field->max);
    }
    json_key(writer, "items");
}

static const char *name_pattern(enum field_type type)
{
    return type == FIELD_NAME         ? "^[a-z0-9_][a-z0-9_-]{0,127}$"
           : type == FIELD_IDENTIFIER ? "^[A-Za-z_][A-Za-z0-9_]{0,127}$"
                                      : ".";
}

static void write_map(const struct field *field, struct json_writer *writer)
{
    member(writer, "type", "object");
    json_key(writer, "propertyNames");
    json_open_object(writer);
    member(writer, "pattern", name_pattern(field->record->key_type));
    json_close_object(writer);
    json_key(writer, "additionalProperties");
    schema_write_table(field->record, writer);
}

static void write_list(const struct field *field, struct json_writer *writer)
{
    open_items(field, writer);
    if (field->type == FIELD_RECORDS) {
        schema_write_table(field->record, writer);
        return;
    }
    json_open_object(writer);
    if (field->type == FIELD_WORDS) {
        write_any_case(field, writer);
    } else {
        write_text(writer);
    }
    json_close_object(writer);
}

static const char time_pattern[] =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    "(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?$";

/* The members that say which values a row takes. */
static void write_type(const struct field *field, struct json_writer *writer)
{
    switch (field->type) {
    case FIELD_TEXT: write_text(writer); break;
    case FIELD_SCALAR: write_scalar_type(writer); break;
    case FIELD_NAME:
    case FIELD_IDENTIFIER: write_pattern(writer, name_pattern(field->type)); break;
    case FIELD_WORD: write_words(field, writer); break;
    case FIELD_BOOL: member(writer, "type", "boolean"); break;
    case FIELD_INTEGER: write_integer(field, writer); break;
    case FIELD_DURATION: write_pattern(writer, "^([0-9]+(us|ms|s|m|h|d|w))+$"); break;
    case FIELD_TIME: write_pattern(writer, time_pattern); break;
    case FIELD_TEXTS:
    case FIELD_WORDS:
    case FIELD_RECORDS: write_list(field, writer); break;
    case FIELD_MAP: write_map(field, writer); break;
    case FIELD_ANY_MAP: member(writer, "type", "object"); break;
    case FIELD_RECORD:
    case FIELD_ANY: break;
    }
}

static void write_default(const struct field *field, struct json_writer *writer)
{
    if (!field->fallback) {
        return;
    }
    json_key(writer, "default");
    if (field->type == FIELD_BOOL || field->type == FIELD_INTEGER) {
        json_write_raw(writer, span_view(field->fallback));
    } else {
        json_write_string(writer, span_view(field->fallback));
    }
}

static void write_field(const struct field *field, struct json_writer *writer)
{
    json_open_object(writer);
    member(writer, "description", field->doc);
    if (field->type == FIELD_RECORD) {
        json_key(writer, "allOf");
        json_open_array(writer);
        schema_write_table(field->record, writer);
        json_close_array(writer);
    }
    write_type(field, writer);
    write_default(field, writer);
    json_close_object(writer);
}

static void write_required(const struct field_table *table, struct json_writer *writer)
{
    json_key(writer, "required");
    json_open_array(writer);
    for (size_t i = 0; i < table->count; i++) {
        if (table->fields[i].required) {
            json_write_string(writer, span_view(table->fields[i].key));
        }
    }
    json_close_array(writer);
}

static void write_object(const struct field_table *table, struct json_writer *writer)
{
    json_open_object(writer);
    member(writer, "type", "object");
    write_required(table, writer);
    json_key(writer, "additionalProperties");
    json_write_bool(writer, false);
    json_key(writer, "properties");
    json_open_object(writer);
    for (size_t i = 0; i < table->count; i++) {
        json_key(writer, table->fields[i].key);
        write_field(&table->fields[i], writer);
    }
    json_close_object(writer);
    json_close_object(writer);
}

void schema_write_table(const struct field_table *table, struct json_writer *writer)
{
    if (!table->scalar) {
        write_object(table, writer);
        return;
    }
    if (table->count == 0) {
        write_field(table->scalar, writer);
        return;
    }
    json_open_object(writer);
    json_key(writer, "anyOf");
    json_open_array(writer);
    write_field(table->scalar, writer);
    write_object(table, writer);
    json_close_array(writer);
    json_close_object(writer);
}

/* {"if": {"properties": {"kind": {"const": "Policy"}}}, "then": {...}}: so an editor complains of
 * the keys of the kind that was meant, not of all kinds. */
static void write_kind(enum document_kind kind, struct json_writer *writer)
{
    json_open_object(writer);
    json_key(writer, "if");
    json_open_object(writer);
    json_key(writer, "properties");
    json_open_object(writer);
    json_key(writer, "kind");
    json_open_object(writer);
    json_key(writer, "const");
    json_write_string(writer, document_kind_name(kind));
    json_close_object(writer);
    json_close_object(writer);
    json_close_object(writer);
    json_key(writer, "then");
    schema_write_table(document_table(kind), writer);
    json_close_object(writer);
}

static void write_kinds(struct json_writer *writer)
{
    json_key(writer, "properties");
    json_open_object(writer);
    json_key(writer, "kind");
    json_open_object(writer);
    json_key(writer, "enum");
    json_open_array(writer);
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        json_write_string(writer, document_kind_name((enum document_kind)kind));
    }
    json_close_array(writer);
    json_close_object(writer);
    json_close_object(writer);
}

void policy_schema_write(struct json_writer *writer)
{
    json_open_object(writer);
    member(writer, "$schema", "https://json-schema.org/draft/2020-12/schema");
    member(writer, "title", "Deltaward policy document");
    member(writer, "type", "object");
    json_key(writer, "required");
    json_open_array(writer);
    json_write_string(writer, SPAN("kind"));
    json_close_array(writer);
    write_kinds(writer);
    json_key(writer, "allOf");
    json_open_array(writer);
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        write_kind((enum document_kind)kind, writer);
    }
    json_close_array(writer);
    json_close_object(writer);
}
