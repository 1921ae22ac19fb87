#include "sqlite/sqlite_problem.h"

#include <sqlite3.h>

enum status sqlite_problem_status(int result)
{
    switch (result & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return STATUS_OK;
    case SQLITE_FULL:
    case SQLITE_READONLY: return STATUS_NO_SPACE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOTADB: return STATUS_CONFLICT;
    case SQLITE_CANTOPEN: return STATUS_NOT_FOUND;
    default: return STATUS_IO;
    }
}
