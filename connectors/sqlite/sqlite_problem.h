/* sqlite_problem.h: SQLite's result codes as ours, and as advice for a person. */
#ifndef SQLITE_SQLITE_PROBLEM_H
#define SQLITE_SQLITE_PROBLEM_H

#include "base/status.h"

/* STATUS_OK for SQLITE_OK, SQLITE_ROW and SQLITE_DONE. */
enum status sqlite_problem_status(int result);
/* The same, told more exactly by the errno of the call that failed (0: unknown): a quota or a limit
 * on file size is a full disk too. */
enum status sqlite_problem_status_errno(int result, int error);
/* What it means and what to do; never NULL. */
const char *sqlite_problem_advice(int result, int error);

#endif
