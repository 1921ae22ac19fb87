/* sqlite_problem.h: SQLite's result codes as ours. */
#ifndef SQLITE_SQLITE_PROBLEM_H
#define SQLITE_SQLITE_PROBLEM_H

#include "base/status.h"

/* STATUS_OK for SQLITE_OK, SQLITE_ROW and SQLITE_DONE. */
enum status sqlite_problem_status(int result);

#endif
