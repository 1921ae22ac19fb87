/* lookup_reader.h: rows of a lookup put together cell by cell, whatever the format of the file.
 * Private to the files lookup_*.c. */
#ifndef POLICY_LOOKUP_READER_H
#define POLICY_LOOKUP_READER_H

#include "policy/lookup/lookup_file.h"

/* What the format says a cell is. CSV says nothing. */
enum lookup_form {
    LOOKUP_FORM_ANY, LOOKUP_FORM_TEXT, LOOKUP_FORM_NUMBER, LOOKUP_FORM_BOOL, LOOKUP_FORM_NULL,
    LOOKUP_FORM_NESTED, /* a list or a map: never a cell */
};

struct lookup_cell {
    enum lookup_form form;
    struct span text; /* lives as long as the arena */
    struct place place;
};

/* Declared columns and the three that a lookup may name besides: key, valid_from, valid_to. */
enum { LOOKUP_COLUMNS_KNOWN_MAX = LOOKUP_COLUMNS_MAX + 3, LOOKUP_NO_COLUMN = -1 };

/* In place; not to be copied. */
struct lookup_reader {
    const struct plan_lookup *lookup;
    struct arena *arena;
    struct diag_list *diags;
    struct span text;                /* of the file, without byte order mark */
    size_t errors_before;
    bool full;                       /* too many problems; said so */
    bool lenient;                    /* a row with a problem is left out, and counted */
    size_t problems;                 /* of the row being read, where lenient */
    size_t refused;                  /* rows left out */
    struct plan_column columns[LOOKUP_COLUMNS_KNOWN_MAX];
    size_t column_count;
    struct span unknown[LOOKUP_COLUMNS_MAX]; /* warned about already */
    size_t unknown_count;
    struct value *rows;
    size_t row_count;
    size_t row_capacity;
    struct value_entry *entries;     /* of the row being read */
    size_t entry_count;
    struct place row_place;
};

/* False when the lookup has too many columns; *diags says so. */
bool lookup_reader_init(struct lookup_reader *reader, const struct plan_lookup *lookup,
                        struct arena *arena, struct diag_list *diags);
/* Room for so many rows; more than LOOKUP_ROWS_MAX is refused when they come. */
void lookup_reader_reserve(struct lookup_reader *reader, size_t row_count);

/* A place in the file. */
struct place lookup_place(const struct lookup_reader *reader, uint32_t line, uint32_t column);
/* An error there. hint: what to do, or empty. */
void lookup_problem(struct lookup_reader *reader, struct place place, struct span hint,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* So many problems that reading should stop; says so once it is true. */
bool lookup_reader_is_full(struct lookup_reader *reader);

/* The index of a column that the file names; LOOKUP_NO_COLUMN, with one warning a name, when the
 * lookup does not declare it. */
int lookup_column_find(struct lookup_reader *reader, struct span name, struct place place);

/* The line held no row. */
void lookup_row_refuse(struct lookup_reader *reader);
/* Starts a row, which stands at `place`. A row that was begun and not ended is dropped. */
void lookup_row_begin(struct lookup_reader *reader, struct place place);
/* Adds the cell of one column, at most one a column, unless it is empty. */
void lookup_row_put(struct lookup_reader *reader, int column, const struct lookup_cell *cell);
/* Checks the row and keeps it. */
void lookup_row_end(struct lookup_reader *reader);

/* The value of a cell that is not empty; false: it is none of that type. */
bool lookup_cell_convert(const struct lookup_cell *cell, enum plan_column_type type,
                         struct value *out);
/* "a decimal", "a time like 2026-03-01T10:00:00Z", ...: for messages. */
const char *lookup_type_phrase(enum plan_column_type type);

/* The formats: whole files into rows; problems go to the reader. */
void lookup_read_csv(struct lookup_reader *reader);
void lookup_read_json_lines(struct lookup_reader *reader);
void lookup_read_yaml(struct lookup_reader *reader);

#endif
