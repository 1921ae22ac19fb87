/* sqlite_schema.h: the tables of a store, and their version. */
#ifndef SQLITE_SQLITE_SCHEMA_H
#define SQLITE_SQLITE_SCHEMA_H

#include "sqlite/sqlite_session.h"

enum {
    SQLITE_SCHEMA_VERSION = 9,             /* PRAGMA user_version */
    SQLITE_SCHEMA_APPLICATION = 0x44574430 /* PRAGMA application_id: "DWD0" */
};

/* Sets WAL, synchronous FULL and what else a connection needs, then makes the tables that the file
 * has not got yet, in one transaction. STATUS_CONFLICT: another program's database, or a newer
 * version's. For others than its owner: STATUS_NOT_FOUND for an empty file, STATUS_CONFLICT for one
 * of an older version. */
MUST_USE enum status sqlite_schema_prepare(struct sqlite_session *session);

#endif
