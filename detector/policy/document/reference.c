/* reference.c: the tables of keys as Markdown, for docs. */
#include "policy/document/policy.h"
#include "policy/document/schema.h"

static const char *type_text(enum field_type type)
{
    static const char *const texts[] = {
        [FIELD_TEXT] = "text",          [FIELD_SCALAR] = "expression or text",
        [FIELD_NAME] = "name",          [FIELD_IDENTIFIER] = "name",
        [FIELD_WORD] = "word",          [FIELD_BOOL] = "true or false",
        [FIELD_INTEGER] = "whole number", [FIELD_DURATION] = "duration",
        [FIELD_TIME] = "date",          [FIELD_TEXTS] = "list of texts",
        [FIELD_WORDS] = "list of words", [FIELD_RECORD] = "map",
        [FIELD_RECORDS] = "list of maps", [FIELD_MAP] = "map of names",
        [FIELD_ANY] = "any",            [FIELD_ANY_MAP] = "map",
    };
    return texts[type];
}

/* A cell may hold no bar. */
static void append_cell(struct buf *out, const char *text)
{
    for (; *text; text++) {
        buf_append(out, *text == '|' ? SPAN("\\|") : span_of(text, 1));
    }
}

static void append_words(const struct field *field, struct buf *out)
{
    for (size_t i = 0; i < field->word_count; i++) {
        buf_printf(out, "%s`%.*s`", i ? ", " : ": ", SPAN_ARG(field->words[i].word));
    }
}

static void append_rows(const struct field_table *table, const char *prefix, struct buf *out);

static void append_row(const struct field *field, const char *prefix, struct buf *out)
{
    buf_printf(out, "| `%s%s`%s | %s", prefix, field->key, field->required ? ", required" : "",
               type_text(field->type));
    append_words(field, out);
    if (field->record && field->record->scalar) {
        append_words(field->record->scalar, out);
    }
    buf_append(out, SPAN(" | "));
    append_cell(out, field->doc);
    if (field->fallback) {
        buf_printf(out, " Default: `%s`.", field->fallback);
    }
    buf_append(out, SPAN(" |\n"));
    if (field->record) {
        struct buf nested = {0};
        const char *step = field->type == FIELD_RECORDS ? "[]."
                           : field->type == FIELD_MAP   ? ".NAME."
                                                        : ".";
        buf_printf(&nested, "%s%s%s", prefix, field->key, step);
        append_rows(field->record, nested.ptr, out);
        buf_deinit(&nested);
    }
}

static void append_rows(const struct field_table *table, const char *prefix, struct buf *out)
{
    for (size_t i = 0; i < table->count; i++) {
        append_row(&table->fields[i], prefix, out);
    }
}

static const char intro[] =
    "# Keys of policy documents\n\n"
    "Printed by `deltaward policy schema --markdown`, from the tables by which policies are "
    "read.\n"
    "[POLICIES.md](POLICIES.md) explains them. `.NAME` stands for a name of your own, `[]` for "
    "the\n"
    "elements of a list.\n\n";

void policy_reference_write(struct buf *out)
{
    buf_append(out, span_view(intro));
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        const struct field_table *table = document_table((enum document_kind)kind);
        buf_printf(out, "%s## %.*s\n\n| key | value | meaning |\n|---|---|---|\n", kind ? "\n" : "",
                   SPAN_ARG(document_kind_name((enum document_kind)kind)));
        append_rows(table, "", out);
    }
}
