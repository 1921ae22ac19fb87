/* plan_files.h: which files hold the policies. */
#ifndef POLICY_PLAN_FILES_H
#define POLICY_PLAN_FILES_H

#include "base/diag.h"
#include "base/status.h"

struct plan_files {
    struct span *items; /* paths, each ends in NUL */
    size_t count;
    size_t capacity;
};

/* Adds a file, or the *.yaml and *.yml files of a folder in the order of their names (not deeper, no
 * hidden ones). STATUS_NOT_FOUND, STATUS_IO: *diags says why. */
MUST_USE enum status plan_files_add(struct plan_files *files, struct span path,
                                    struct arena *arena, struct diag_list *diags);
/* The bytes of a file, at most limit + 1 of them. STATUS_NOT_FOUND, STATUS_IO: *diags says why. */
MUST_USE enum status plan_files_read(struct span path, size_t limit, struct arena *arena,
                                     struct diag_list *diags, struct span *out);

#endif
