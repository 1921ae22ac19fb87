/* sqlite_store.c: the store's interface over this folder: finds or makes the file, takes the lock,
 * prepares the statements. */
#include "sqlite/sqlite_store.h"

#include "sqlite/sqlite_read.h"
#include "sqlite/sqlite_schema.h"
#include "sqlite/sqlite_session.h"
#include "sqlite/sqlite_write.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* How long a reader waits while a detector recovers the journal, and a detector for a reader. */
enum { BUSY_TIMEOUT_MS = 5000 };

static struct span store_problem(const struct store *store)
{
    return buf_view(&((const struct sqlite_session *)store)->problem);
}

static void store_free(struct store *store)
{
    struct sqlite_session *session = sqlite_session_of(store);
    sqlite_session_free(&session);
}

static const struct store_ops sqlite_ops = {
    .commit = sqlite_write_batch,
    .set_cursor = sqlite_write_cursor,
    .put_refusal = sqlite_write_refusal,
    .flush = sqlite_write_flush,
    .position = sqlite_read_position,
    .part_position = sqlite_read_part,
    .ledger = sqlite_read_ledger,
    .cursor = sqlite_read_cursor,
    .replay = sqlite_read_signals,
    .held = sqlite_read_held,
    .alerts_after = sqlite_read_alerts,
    .sequences = sqlite_read_sequences,
    .problem = store_problem,
    .free = store_free,
};

static enum status open_failure(struct sqlite_session *session, int error)
{
    buf_printf(&session->problem, "cannot open the store %s: %s", session->path.ptr,
               strerror(error));
    if (error == ENOENT) {
        buf_append(&session->problem, SPAN(" (its folder must exist)"));
    }
    bool refused = error == EROFS || error == EACCES || error == ENOSPC || error == EDQUOT;
    return refused ? STATUS_NO_SPACE : STATUS_IO;
}

/* Power loss must not take the name of a file whose content is safe: the folder is synced too. */
static int sync_folder_of(const char *path)
{
    struct buf folder = {0};
    const char *slash = strrchr(path, '/');
    buf_append(&folder, slash ? span_of(path, (size_t)(slash - path) + 1) : SPAN("."));
    int descriptor = open(folder.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = descriptor < 0 || fsync(descriptor) != 0 ? errno : 0;
    if (descriptor >= 0) {
        close(descriptor);
    }
    buf_deinit(&folder);
    return error;
}

/* Alerts quote what changed, so the file is not for everybody to read. SQLite gives the journal the
 * same mode. */
static enum status create_file(struct sqlite_session *session)
{
    int descriptor = open(session->path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor < 0) {
        return open_failure(session, errno);
    }
    close(descriptor);
    int error = sync_folder_of(session->path.ptr);
    return error == 0 ? STATUS_OK : open_failure(session, error);
}

static enum status find_file(struct sqlite_session *session)
{
    if (access(session->path.ptr, R_OK) == 0) {
        return STATUS_OK;
    }
    if (errno != ENOENT) {
        return open_failure(session, errno);
    }
    buf_printf(&session->problem,
               "there is no store at %s: `deltaward run` makes one; --data-dir says where",
               session->path.ptr);
    return STATUS_NOT_FOUND;
}

static enum status open_database(struct sqlite_session *session)
{
    bool writes = session->mode != SQLITE_STORE_READ;
    int flags = writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    int result = sqlite3_open_v2(session->path.ptr, &session->db, flags | SQLITE_OPEN_NOMUTEX,
                                 NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_busy_timeout(session->db, BUSY_TIMEOUT_MS);
    }
    /* SQLite opens a file that it may not write for reading, and would fail at the first write
     * only */
    if (result == SQLITE_OK && writes && sqlite3_db_readonly(session->db, "main") == 1) {
        result = SQLITE_READONLY;
    }
    return result == SQLITE_OK ? STATUS_OK : sqlite_session_fail(session, result, "open");
}

/* Statements that write are prepared for a reader too: preparing needs no right to write. */
static enum status prepare_statements(struct sqlite_session *session)
{
    for (enum sqlite_statement i = 0; i < SQLITE_STATEMENT_COUNT; i++) {
        int result = sqlite3_prepare_v3(session->db, sqlite_statement_text(i), -1,
                                        SQLITE_PREPARE_PERSISTENT, &session->statements[i], NULL);
        if (result != SQLITE_OK) {
            return sqlite_session_fail(session, result, "use");
        }
    }
    return STATUS_OK;
}

/* The lock comes before the file: two detectors that start at once must not both make the store. */
static enum status open_session(struct sqlite_session *session)
{
    enum status status = STATUS_OK;
    if (session->mode == SQLITE_STORE_OWN) {
        status = sqlite_lock_take(&session->lock, session->path.ptr, &session->problem);
        if (status == STATUS_OK) {
            status = create_file(session);
        }
    } else {
        status = find_file(session);
    }
    if (status == STATUS_OK) {
        status = open_database(session);
    }
    if (status == STATUS_OK) {
        status = sqlite_schema_prepare(session);
    }
    return status == STATUS_OK ? prepare_statements(session) : status;
}

enum status sqlite_store_open(struct span path, enum sqlite_store_mode mode, struct arena *arena,
                              struct span *problem, struct store **out)
{
    struct sqlite_session *session = sqlite_session_new(path, mode);
    enum status status = open_session(session);
    if (status != STATUS_OK) {
        *problem = arena_copy(arena, buf_view(&session->problem));
        sqlite_session_free(&session);
        return status;
    }
    session->store.ops = &sqlite_ops;
    *out = &session->store;
    return STATUS_OK;
}
