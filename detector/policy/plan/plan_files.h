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

/* Adds a file; or the *.yaml and *.yml files of a folder and of its sub-folders to a depth of 4,
 * in the order of their paths. Names that begin with a dot are left out, so the "..data" of a
 * ConfigMap is. STATUS_NOT_FOUND, STATUS_IO, STATUS_LIMIT: *diags says why. */
MUST_USE enum status plan_files_add(struct plan_files *files, struct span path,
                                    struct arena *arena, struct diag_list *diags);
/* Whether a name ends in .yaml or .yml. */
bool plan_files_is_yaml(struct span name);
/* Whether two paths lead to one file; false when one of them leads to none. */
bool plan_files_same(struct span a, struct span b, struct arena *arena);
/* The bytes of a file, at most limit + 1 of them. STATUS_NOT_FOUND, STATUS_IO: *diags says why. */
MUST_USE enum status plan_files_read(struct span path, size_t limit, struct arena *arena,
                                     struct diag_list *diags, struct span *out);

#endif
