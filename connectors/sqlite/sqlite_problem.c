/* sqlite_problem.c: one table: result code, our status, and what to do about it. */
#include "sqlite/sqlite_problem.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sqlite3.h>

struct problem {
    int result;
    enum status status;
    const char *advice;
};

static const char *const full_advice =
    "the disk is full, or a quota or file size limit is reached: free space and start again";

static const struct problem problems[] = {
    {SQLITE_OK, STATUS_OK, ""},
    {SQLITE_ROW, STATUS_OK, ""},
    {SQLITE_DONE, STATUS_OK, ""},
    {SQLITE_FULL, STATUS_NO_SPACE, full_advice},
    {SQLITE_READONLY, STATUS_NO_SPACE,
     "it is read-only for this user: check the owner and mode of the file and its folder, and "
     "whether the disk is mounted read-only"},
    {SQLITE_PERM, STATUS_NO_SPACE, "this user may not open it: check the file's owner and mode"},
    {SQLITE_BUSY, STATUS_CONFLICT, "another program is writing to it: close that and start again"},
    {SQLITE_LOCKED, STATUS_CONFLICT,
     "another program is writing to it: close that and start again"},
    {SQLITE_NOTADB, STATUS_CONFLICT,
     "it is not a Deltaward store: move that file away or give another --data-dir"},
    {SQLITE_CORRUPT, STATUS_IO,
     "the file is damaged: restore it from a backup, or move it away to begin anew"},
    {SQLITE_CANTOPEN, STATUS_NOT_FOUND,
     "it cannot be opened: check that its folder exists and that this user may use it"},
};

static const struct problem *problem_find(int result)
{
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        if (problems[i].result == (result & 0xFF)) {
            return &problems[i];
        }
    }
    return NULL;
}

static bool is_full(int result, int error)
{
    return (result & 0xFF) == SQLITE_IOERR &&
           (error == ENOSPC || error == EDQUOT || error == EFBIG);
}

enum status sqlite_problem_status(int result)
{
    const struct problem *problem = problem_find(result);
    return problem ? problem->status : STATUS_IO;
}

enum status sqlite_problem_status_errno(int result, int error)
{
    return is_full(result, error) ? STATUS_NO_SPACE : sqlite_problem_status(result);
}

const char *sqlite_problem_advice(int result, int error)
{
    if (is_full(result, error)) {
        return full_advice;
    }
    const struct problem *problem = problem_find(result);
    return problem ? problem->advice : "the operating system refused: see its log";
}
