/* sqlite_session.c: opens and closes, begins and commits, and tells what went wrong in the words of
 * the person who runs it. */
#include "sqlite/sqlite_session.h"

#include "base/check.h"
#include "sqlite/sqlite_problem.h"

#include <stdlib.h>

struct sqlite_session *sqlite_session_of(struct store *store)
{
    return (struct sqlite_session *)store;
}

struct sqlite_session *sqlite_session_new(struct span path, enum sqlite_store_mode mode)
{
    struct sqlite_session *session = calloc(1, sizeof *session);
    if (!session) {
        check_memory_exhausted(sizeof *session);
    }
    session->lock.descriptor = -1;
    session->mode = mode;
    buf_append(&session->path, path);
    return session;
}

/* Closing the last connection also moves the journal into the file. */
void sqlite_session_free(struct sqlite_session **session)
{
    struct sqlite_session *ended = *session;
    for (size_t i = 0; i < SQLITE_STATEMENT_COUNT; i++) {
        sqlite3_finalize(ended->statements[i]);
    }
    sqlite3_close(ended->db);
    sqlite_lock_release(&ended->lock);
    buf_deinit(&ended->path);
    buf_deinit(&ended->problem);
    free(ended);
    *session = NULL;
}

/* What the operating system answered last: SQLite keeps it with the file it came from, the database
 * or its journal. 0 when it is not known. */
static int last_errno(sqlite3 *db)
{
    int error = sqlite3_system_errno(db);
    sqlite3_file *journal = NULL;
    if (error == 0) {
        sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
    }
    if (error == 0 &&
        sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal) == SQLITE_OK &&
        journal && journal->pMethods) {
        journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &error);
    }
    return error;
}

enum status sqlite_session_fail(struct sqlite_session *session, int result, const char *doing)
{
    bool from_system = (result & 0xFF) == SQLITE_IOERR || (result & 0xFF) == SQLITE_CANTOPEN;
    int error = session->db && from_system ? last_errno(session->db) : 0;
    const char *detail = session->db ? sqlite3_errmsg(session->db) : sqlite3_errstr(result);
    buf_clear(&session->problem);
    buf_printf(&session->problem, "cannot %s %s: %s (SQLite: %s", doing, session->path.ptr,
               sqlite_problem_advice(result, error), detail);
    if (error != 0) {
        buf_printf(&session->problem, "; %s", strerror(error));
    }
    buf_append_char(&session->problem, ')');
    return sqlite_problem_status_errno(result, error);
}

sqlite3_stmt *sqlite_session_use(struct sqlite_session *session, enum sqlite_statement which)
{
    check(session->statements[which]);
    return session->statements[which];
}

void sqlite_session_end(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static int session_step(struct sqlite_session *session, enum sqlite_statement which)
{
    sqlite3_stmt *statement = sqlite_session_use(session, which);
    int result = sqlite3_step(statement);
    if (result != SQLITE_DONE) {
        return result;
    }
    sqlite3_reset(statement);
    return SQLITE_DONE;
}

/* After a failed write what SQLite still holds is not known: the session refuses all that follows,
 * and the next start reads what is durable. */
enum status sqlite_session_break(struct sqlite_session *session, int result, const char *doing)
{
    session->broken = sqlite_session_fail(session, result, doing);
    sqlite3_exec(session->db, "ROLLBACK", NULL, NULL, NULL);
    session->in_transaction = false;
    return session->broken;
}

enum status sqlite_session_begin(struct sqlite_session *session)
{
    check(session->mode != SQLITE_STORE_READ);
    if (session->broken != STATUS_OK || session->in_transaction) {
        return session->broken;
    }
    int result = session_step(session, SQLITE_STATEMENT_BEGIN);
    if (result != SQLITE_DONE) {
        return sqlite_session_break(session, result, "write to");
    }
    session->in_transaction = true;
    return STATUS_OK;
}

enum status sqlite_session_commit(struct sqlite_session *session)
{
    if (session->broken != STATUS_OK || !session->in_transaction) {
        return session->broken;
    }
    int result = session_step(session, SQLITE_STATEMENT_COMMIT);
    if (result != SQLITE_DONE) {
        return sqlite_session_break(session, result, "commit to");
    }
    session->in_transaction = false;
    return STATUS_OK;
}
