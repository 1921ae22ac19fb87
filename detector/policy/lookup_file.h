/* lookup_file.h: reads the rows of a Lookup's file. */
#ifndef POLICY_LOOKUP_FILE_H
#define POLICY_LOOKUP_FILE_H

#include "policy/plan.h"

/* Rows are maps from column name to a value of the column's type; a missing or empty cell is left
 * out of its row. valid_from and valid_to cells are timestamps. */
struct lookup_rows {
    const struct value *rows;
    size_t count;
    int64_t modified_us; /* of the file */
};

/* Reads CSV (RFC 4180, first line names the columns), JSON Lines or YAML (a list of maps) as the
 * lookup declares. STATUS_INVALID: *diags says what is wrong and in which line; STATUS_NOT_FOUND and
 * STATUS_IO likewise. Everything lives in `arena`. */
MUST_USE enum status lookup_file_read(const struct plan_lookup *lookup, struct arena *arena,
                                      struct diag_list *diags, struct lookup_rows *out);

#endif
