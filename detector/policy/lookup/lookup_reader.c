/* lookup_reader.c: checks the columns of a file against the lookup's, and each row against its
 * columns. */
#include "policy/lookup/lookup_reader.h"

#include "base/check.h"

#include <stdarg.h>

enum {
    SHOWN_BYTES_MAX = 60,
    LOOKUP_PROBLEMS_TOLD = 3, /* of rows that are left out; the others are only counted */
};

static int find_column(const struct lookup_reader *reader, struct span name)
{
    for (size_t i = 0; i < reader->column_count; i++) {
        if (span_equals(reader->columns[i].name, name)) {
            return (int)i;
        }
    }
    return LOOKUP_NO_COLUMN;
}

/* Makes sure that a column which the lookup names has its type, declared or not. */
static void add_column(struct lookup_reader *reader, struct span name, enum plan_column_type type,
                       bool type_is_fixed)
{
    int column = find_column(reader, name);
    if (name.len == 0) {
        return;
    }
    if (column == LOOKUP_NO_COLUMN) {
        reader->columns[reader->column_count++] = (struct plan_column){name, type};
    } else if (type_is_fixed) {
        reader->columns[column].type = type;
    }
}

bool lookup_reader_init(struct lookup_reader *reader, const struct plan_lookup *lookup,
                        struct arena *arena, struct diag_list *diags)
{
    *reader = (struct lookup_reader){
        .lookup = lookup, .arena = arena, .diags = diags, .errors_before = diags->errors};
    if (lookup->column_count > LOOKUP_COLUMNS_MAX) {
        lookup_problem(reader, lookup_place(reader, 0, 0), SPAN(""),
                       "lookup '%.*s' declares %zu columns, more than %d", SPAN_ARG(lookup->id),
                       lookup->column_count, LOOKUP_COLUMNS_MAX);
        return false;
    }
    for (size_t i = 0; i < lookup->column_count; i++) {
        reader->columns[reader->column_count++] = lookup->columns[i];
    }
    add_column(reader, lookup->key, lookup->key_is_cidr ? PLAN_COLUMN_CIDR : PLAN_COLUMN_STRING,
               lookup->key_is_cidr);
    add_column(reader, lookup->valid_from, PLAN_COLUMN_TIMESTAMP, true);
    add_column(reader, lookup->valid_to, PLAN_COLUMN_TIMESTAMP, true);
    return true;
}

void lookup_reader_reserve(struct lookup_reader *reader, size_t row_count)
{
    check(reader->row_capacity == 0);
    reader->row_capacity = row_count < LOOKUP_ROWS_MAX ? row_count : LOOKUP_ROWS_MAX;
    reader->rows = arena_array(reader->arena, reader->row_capacity, sizeof *reader->rows);
}

struct place lookup_place(const struct lookup_reader *reader, uint32_t line, uint32_t column)
{
    return (struct place){.file = reader->lookup->path, .source = reader->text, .line = line,
                          .column = column};
}

void lookup_problem(struct lookup_reader *reader, struct place place, struct span hint,
                    const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct span message = arena_vprintf(reader->arena, format, args);
    va_end(args);
    reader->problems++;
    if (!reader->lenient) {
        diag_add(reader->diags, DIAG_ERROR, place, hint, "%.*s", SPAN_ARG(message));
    } else if (reader->refused < LOOKUP_PROBLEMS_TOLD) {
        diag_add(reader->diags, DIAG_WARNING, place, hint, "%.*s; the row is left out",
                 SPAN_ARG(message));
        diag_set_kind(reader->diags, SPAN("row-left-out"));
    }
}

bool lookup_reader_is_full(struct lookup_reader *reader)
{
    size_t problems = reader->diags->errors - reader->errors_before;
    if (problems >= LOOKUP_PROBLEMS_MAX && !reader->full) {
        reader->full = true;
        lookup_problem(reader, lookup_place(reader, 0, 0), SPAN(""),
                       "%zu problems; the rest of the file was not read", problems);
    }
    return problems >= LOOKUP_PROBLEMS_MAX;
}

static struct span column_hint(struct lookup_reader *reader, struct span name)
{
    struct span names[LOOKUP_COLUMNS_KNOWN_MAX];
    for (size_t i = 0; i < reader->column_count; i++) {
        names[i] = reader->columns[i].name;
    }
    struct span nearest = diag_nearest(name, names, reader->column_count);
    return nearest.len ? arena_printf(reader->arena, "did you mean '%.*s'?", SPAN_ARG(nearest))
                       : nearest;
}

/* Once a name, whatever the number of rows. */
static void warn_unknown(struct lookup_reader *reader, struct span name, struct place place)
{
    for (size_t i = 0; i < reader->unknown_count; i++) {
        if (span_equals(reader->unknown[i], name)) {
            return;
        }
    }
    if (reader->unknown_count == LOOKUP_COLUMNS_MAX) {
        lookup_problem(reader, place, SPAN(""), "more than %d columns are not declared",
                       LOOKUP_COLUMNS_MAX);
        return;
    }
    reader->unknown[reader->unknown_count++] = name;
    diag_add(reader->diags, DIAG_WARNING, place, column_hint(reader, name),
             "column '%.*s' is not declared by lookup '%.*s' and is left out", SPAN_ARG(name),
             SPAN_ARG(reader->lookup->id));
    diag_set_kind(reader->diags, SPAN("column-left-out"));
}

int lookup_column_find(struct lookup_reader *reader, struct span name, struct place place)
{
    int column = find_column(reader, name);
    if (column == LOOKUP_NO_COLUMN) {
        warn_unknown(reader, name, place);
    }
    return column;
}

void lookup_row_refuse(struct lookup_reader *reader)
{
    reader->refused++;
    reader->problems = 0;
}

void lookup_row_begin(struct lookup_reader *reader, struct place place)
{
    reader->problems = 0;
    reader->row_place = place;
    reader->entry_count = 0;
    reader->entries =
        arena_array(reader->arena, reader->column_count, sizeof *reader->entries);
}

/* The cell's text for a message, cut where it is long. */
static struct span shown(struct lookup_reader *reader, struct span text)
{
    if (text.len <= SHOWN_BYTES_MAX) {
        return text;
    }
    size_t length = span_utf8_prefix(span_of(text.ptr, SHOWN_BYTES_MAX));
    return arena_printf(reader->arena, "%.*s...", (int)length, text.ptr);
}

static void refuse_cell(struct lookup_reader *reader, const struct plan_column *column,
                        const struct lookup_cell *cell)
{
    struct span name = column->name;
    const char *wanted = lookup_type_phrase(column->type);
    bool unquoted = column->type == PLAN_COLUMN_STRING &&
                    (cell->form == LOOKUP_FORM_NUMBER || cell->form == LOOKUP_FORM_BOOL);
    if (cell->form == LOOKUP_FORM_NESTED) {
        lookup_problem(reader, cell->place, SPAN(""), "%.*s: a list or map is not %s",
                       SPAN_ARG(name), wanted);
    } else if (unquoted) {
        lookup_problem(reader, cell->place, SPAN("put it in quotes"), "%.*s: %.*s is not %s",
                       SPAN_ARG(name), SPAN_ARG(shown(reader, cell->text)), wanted);
    } else {
        lookup_problem(reader, cell->place, SPAN(""), "%.*s: '%.*s' is not %s", SPAN_ARG(name),
                       SPAN_ARG(shown(reader, cell->text)), wanted);
    }
}

void lookup_row_put(struct lookup_reader *reader, int column, const struct lookup_cell *cell)
{
    const struct plan_column *known = &reader->columns[column];
    struct value value;
    bool empty = cell->form == LOOKUP_FORM_NULL ||
                 (cell->form <= LOOKUP_FORM_TEXT && cell->text.len == 0);
    if (empty) {
        return;
    }
    if (!lookup_cell_convert(cell, known->type, &value)) {
        refuse_cell(reader, known, cell);
        value = value_null(); /* so that a key is not reported as missing besides */
    }
    check(reader->entry_count < reader->column_count);
    reader->entries[reader->entry_count++] = (struct value_entry){value_string(known->name), value};
}

/* A row that ends before it begins would never be found. */
static void check_validity(struct lookup_reader *reader, const struct value *row)
{
    const struct value *from = value_map_get(row, reader->lookup->valid_from);
    const struct value *to = value_map_get(row, reader->lookup->valid_to);
    int order = 0;
    if (from && to && value_compare(from, to, &order) && order >= 0) {
        lookup_problem(reader, reader->row_place, SPAN(""), "%.*s is not before %.*s",
                       SPAN_ARG(reader->lookup->valid_from), SPAN_ARG(reader->lookup->valid_to));
    }
}

void lookup_row_end(struct lookup_reader *reader)
{
    struct value row = {.kind = VALUE_MAP, .map = {reader->entries, reader->entry_count}};
    if (!value_map_get(&row, reader->lookup->key)) {
        lookup_problem(reader, reader->row_place, SPAN(""), "%.*s: the key of the row is missing",
                       SPAN_ARG(reader->lookup->key));
    }
    check_validity(reader, &row);
    if (reader->lenient && reader->problems) {
        lookup_row_refuse(reader);
        return;
    }
    if (reader->row_count == LOOKUP_ROWS_MAX) {
        lookup_problem(reader, reader->row_place, SPAN("keep it in a table or a topic instead"),
                       "more than %d rows", LOOKUP_ROWS_MAX);
        return;
    }
    check(reader->row_count < reader->row_capacity);
    reader->rows[reader->row_count++] = row;
}
