/* sqlite_session.h: one open database, its statements, and what went wrong with it. Inside this
 * connector only. */
#ifndef SQLITE_SQLITE_SESSION_H
#define SQLITE_SQLITE_SESSION_H

#include "base/buf.h"
#include "sqlite/sqlite_lock.h"
#include "sqlite/sqlite_statement.h"
#include "sqlite/sqlite_store.h"

#include <sqlite3.h>

struct sqlite_session {
    struct store store; /* first: a store is cast to its session */
    sqlite3 *db;
    sqlite3_stmt *statements[SQLITE_STATEMENT_COUNT];
    struct sqlite_lock lock;
    enum sqlite_store_mode mode;
    bool in_transaction;
    enum status broken; /* of the transaction that failed; STATUS_OK while usable (rule 22) */
    struct buf path;
    struct buf problem;
};

/* `store` seen as what it is; never call it with another connector's store. */
struct sqlite_session *sqlite_session_of(struct store *store);

/* Makes a session without a database. */
struct sqlite_session *sqlite_session_new(struct span path, enum sqlite_store_mode mode);
/* Rolls back what is not committed, closes, releases the lock. */
void sqlite_session_free(struct sqlite_session **session);

/* Writes down what failed, for problem(); returns SQLite's result as a status. */
enum status sqlite_session_fail(struct sqlite_session *session, int result, const char *doing);
/* Begins a transaction unless one is open. */
MUST_USE enum status sqlite_session_begin(struct sqlite_session *session);
/* Makes the open transaction durable; nothing to do without one. */
MUST_USE enum status sqlite_session_commit(struct sqlite_session *session);
/* Rolls back after a failure; from now on every call answers with this failure (rule 22). */
enum status sqlite_session_break(struct sqlite_session *session, int result, const char *doing);
/* Takes a statement, its bindings cleared; give it back with sqlite_session_end. */
sqlite3_stmt *sqlite_session_use(struct sqlite_session *session, enum sqlite_statement which);
void sqlite_session_end(sqlite3_stmt *statement);

#endif
