/* lookup_file.h: reads the rows of a Lookup's file. */
#ifndef POLICY_LOOKUP_FILE_H
#define POLICY_LOOKUP_FILE_H

#include "policy/plan.h"

enum {
    LOOKUP_FILE_BYTES_MAX = 64 * 1024 * 1024, /* YAML: YAML_FILE_BYTES_MAX */
    LOOKUP_ROWS_MAX = 1000000,
    LOOKUP_COLUMNS_MAX = 64,  /* declared ones, and names of others in the file */
    LOOKUP_PROBLEMS_MAX = 50, /* reading stops here and says so */
};

/* Rows are maps from column name to a value of the column's type; a missing, null or empty cell is
 * left out of its row. valid_from and valid_to cells are timestamps, cells of a network key or of
 * type cidr are network addresses (a single address is a network of one). */
struct lookup_rows {
    const struct value *rows;
    size_t count;
    int64_t modified_us; /* of the file */
};

/* Reads CSV (RFC 4180, the first line names the columns, blank lines are left out), JSON Lines or
 * YAML (a list of maps) as the lookup declares; UTF-8. A column that is not declared is left out
 * with a warning. STATUS_INVALID: *diags says what is wrong and in which line; STATUS_NOT_FOUND and
 * STATUS_IO likewise. Everything lives in `arena`, which must be that of `diags` or outlive it. One
 * thread per arena. */
MUST_USE enum status lookup_file_read(const struct plan_lookup *lookup, struct arena *arena,
                                      struct diag_list *diags, struct lookup_rows *out);

/* Reads rows of JSON Lines given as text, for a lookup whose rows lie in a topic. A row that breaks
 * a rule is left out: *refused counts such, and *diags gets a warning for the first of them.
 * STATUS_INVALID: the lookup itself cannot be used. Lives in `arena`, as above. */
MUST_USE enum status lookup_text_read(const struct plan_lookup *lookup, struct span text,
                                      struct arena *arena, struct diag_list *diags,
                                      struct lookup_rows *out, size_t *refused);

#endif
