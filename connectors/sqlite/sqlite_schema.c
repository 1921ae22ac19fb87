/* sqlite_schema.c: makes the tables of a new store, and refuses a store of another program or of a
 * newer version. */
#include "sqlite/sqlite_schema.h"

/* Times are microseconds since the epoch; digests are 32 lower-case hex digits, so that a person
 * can ask with the sqlite3 tool. STRICT: a value of the wrong type is an error, not a surprise.
 * Each step makes the next version of a store, and is not changed once stores of it are about. */
static const char *const schema_steps[SQLITE_SCHEMA_VERSION] = {
    /* version 1 */
    "CREATE TABLE source ("
    "  name TEXT PRIMARY KEY, position TEXT NOT NULL, watermark_us INTEGER NOT NULL,"
    "  read INTEGER NOT NULL, evaluated INTEGER NOT NULL, quarantined INTEGER NOT NULL,"
    "  skipped INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE signal ("
    "  sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, fan_index INTEGER NOT NULL,"
    "  policy_id TEXT NOT NULL, policy_version TEXT NOT NULL, state_id TEXT NOT NULL,"
    "  finding TEXT NOT NULL, group_key TEXT NOT NULL, severity TEXT NOT NULL,"
    "  source TEXT NOT NULL, offset INTEGER NOT NULL, event_time_us INTEGER NOT NULL,"
    "  watermark_us INTEGER NOT NULL, detected_us INTEGER NOT NULL, horizon_us INTEGER NOT NULL,"
    "  episode_us INTEGER NOT NULL, summary INTEGER NOT NULL, body TEXT NOT NULL) STRICT;"
    "CREATE TABLE alert ("
    "  sequence INTEGER PRIMARY KEY, log_sequence INTEGER NOT NULL, ordinal INTEGER NOT NULL,"
    "  status TEXT NOT NULL, id TEXT NOT NULL, count INTEGER NOT NULL,"
    "  opened_us INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,"
    "  signal INTEGER NOT NULL) STRICT;"
    "CREATE INDEX alert_by_id ON alert (id, sequence);"
    "CREATE TABLE quarantine ("
    "  number INTEGER PRIMARY KEY, source TEXT NOT NULL, offset INTEGER NOT NULL,"
    "  line INTEGER NOT NULL, reason TEXT NOT NULL, bytes BLOB NOT NULL,"
    "  detected_us INTEGER NOT NULL) STRICT;"
    "CREATE TABLE policy_count ("
    "  policy_id TEXT NOT NULL, counter TEXT NOT NULL, count INTEGER NOT NULL,"
    "  PRIMARY KEY (policy_id, counter)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE cursor ("
    "  sink TEXT PRIMARY KEY, alert_sequence INTEGER NOT NULL, length_bytes INTEGER NOT NULL,"
    "  identity TEXT NOT NULL) STRICT, WITHOUT ROWID;",
    /* version 2: what sinks refused for good */
    "CREATE TABLE undelivered ("
    "  sink TEXT NOT NULL, alert_sequence INTEGER NOT NULL, reason TEXT NOT NULL,"
    "  refused_us INTEGER NOT NULL, PRIMARY KEY (sink, alert_sequence)) STRICT, WITHOUT ROWID;",
    /* version 3: positions of a source's parts */
    "CREATE TABLE part ("
    "  source TEXT NOT NULL, name TEXT NOT NULL, position TEXT NOT NULL,"
    "  PRIMARY KEY (source, name)) STRICT, WITHOUT ROWID;",
    /* version 4: correlations */
    "ALTER TABLE signal ADD COLUMN correlation TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE alert ADD COLUMN correlation TEXT NOT NULL DEFAULT '';",
    /* version 5: values that correlations count */
    "ALTER TABLE signal ADD COLUMN value TEXT NOT NULL DEFAULT '';",
    /* version 6: inputs of correlations, and findings at the watermark (empty: the signal's) */
    "ALTER TABLE signal ADD COLUMN input INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE alert ADD COLUMN finding TEXT NOT NULL DEFAULT '';",
    /* version 7: ticks of sources that nobody waits for */
    "ALTER TABLE signal ADD COLUMN idle INTEGER NOT NULL DEFAULT 0;",
    /* version 8: matches that are held back */
    "CREATE TABLE held ("
    "  source TEXT NOT NULL, number INTEGER NOT NULL, offset INTEGER NOT NULL,"
    "  policy_id TEXT NOT NULL, event_time_us INTEGER NOT NULL, due_us INTEGER NOT NULL,"
    "  told_us INTEGER NOT NULL, arrival_us INTEGER NOT NULL, detected_us INTEGER NOT NULL,"
    "  account TEXT NOT NULL, format INTEGER NOT NULL, bytes BLOB NOT NULL,"
    "  PRIMARY KEY (source, number)) STRICT, WITHOUT ROWID;",
    /* version 9: matches that are events of an inner correlation */
    "ALTER TABLE signal ADD COLUMN inner_event TEXT NOT NULL DEFAULT '';",
};

/* Pages of 8 KiB, because the text of a signal is often 2 KiB; at most 32 MiB of them in memory.
 * The journal is moved into the file every 32 MiB and then used again, not cut. */
static const char *const own_settings = "PRAGMA page_size = 8192;"
                                        "PRAGMA journal_mode = WAL;"
                                        "PRAGMA synchronous = FULL;"
                                        "PRAGMA foreign_keys = OFF;"
                                        "PRAGMA journal_size_limit = 67108864;"
                                        "PRAGMA wal_autocheckpoint = 4096;"
                                        "PRAGMA cache_size = -32768;"
                                        "PRAGMA temp_store = MEMORY;";

static enum status schema_run(struct sqlite_session *session, const char *sql)
{
    int result = sqlite3_exec(session->db, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? STATUS_OK : sqlite_session_fail(session, result, "open");
}

/* One number that a query answers. */
static enum status schema_ask(struct sqlite_session *session, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(session->db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
    }
    if (result == SQLITE_ROW) {
        *out = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return result == SQLITE_ROW ? STATUS_OK : sqlite_session_fail(session, result, "read");
}

/* Some network file systems refuse WAL without an error. */
static enum status schema_check_journal(struct sqlite_session *session)
{
    int64_t is_wal = 0;
    enum status status =
        schema_ask(session, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &is_wal);
    if (status == STATUS_OK && !is_wal) {
        buf_printf(&session->problem,
                   "%s lies on a file system that cannot hold a write-ahead log (a network "
                   "folder?): give a --data-dir on a local disk",
                   session->path.ptr);
        return STATUS_CONFLICT;
    }
    return status;
}

/* Takes the file from the version it has to ours. */
static enum status schema_bring_up(struct sqlite_session *session, int64_t version)
{
    struct buf sql = {0};
    buf_append(&sql, SPAN("BEGIN IMMEDIATE; "));
    for (int64_t step = version; step < SQLITE_SCHEMA_VERSION; step++) {
        buf_append(&sql, span_view(schema_steps[step]));
    }
    buf_printf(&sql, " PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;",
               SQLITE_SCHEMA_APPLICATION, SQLITE_SCHEMA_VERSION);
    enum status status = schema_run(session, sql.ptr);
    buf_deinit(&sql);
    return status;
}

static enum status schema_too_old(struct sqlite_session *session, int64_t version)
{
    if (version == 0) {
        buf_printf(&session->problem, "%s holds nothing yet: `deltaward run` fills it",
                   session->path.ptr);
        return STATUS_NOT_FOUND;
    }
    buf_printf(&session->problem,
               "%s was written by an older Deltaward: `deltaward run` brings it up to date",
               session->path.ptr);
    return STATUS_CONFLICT;
}

static enum status schema_foreign(struct sqlite_session *session)
{
    buf_printf(&session->problem,
               "%s is another program's database: move it away or give another --data-dir",
               session->path.ptr);
    return STATUS_CONFLICT;
}

static enum status schema_newer(struct sqlite_session *session, int64_t version)
{
    buf_printf(&session->problem,
               "%s was written by a newer Deltaward (store version %lld, this one knows up to %d): "
               "run that version, or give another --data-dir",
               session->path.ptr, (long long)version, SQLITE_SCHEMA_VERSION);
    return STATUS_CONFLICT;
}

/* *version: of the file, 0 when it is empty. */
static enum status schema_check(struct sqlite_session *session, int64_t *version)
{
    int64_t tables = 0;
    int64_t application = 0;
    enum status status = schema_ask(session, "SELECT count(*) FROM sqlite_schema", &tables);
    if (status == STATUS_OK) {
        status = schema_ask(session, "PRAGMA application_id", &application);
    }
    if (status == STATUS_OK) {
        status = schema_ask(session, "PRAGMA user_version", version);
    }
    if (status != STATUS_OK || tables == 0) {
        return status;
    }
    if (application != SQLITE_SCHEMA_APPLICATION) {
        return schema_foreign(session);
    }
    return *version > SQLITE_SCHEMA_VERSION ? schema_newer(session, *version) : STATUS_OK;
}

enum status sqlite_schema_prepare(struct sqlite_session *session)
{
    int64_t version = 0;
    enum status status = schema_check(session, &version);
    if (status == STATUS_OK && session->mode != SQLITE_STORE_READ) {
        status = schema_run(session, own_settings);
    }
    if (status == STATUS_OK && session->mode == SQLITE_STORE_OWN) {
        status = schema_check_journal(session);
    }
    if (status == STATUS_OK && version < SQLITE_SCHEMA_VERSION) {
        status = session->mode == SQLITE_STORE_OWN ? schema_bring_up(session, version)
                                                   : schema_too_old(session, version);
    }
    return status;
}
