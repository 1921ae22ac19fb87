/* sqlite_read.c: rows into values. What a row holds is checked, since other tools can write to the
 * file. */
#include "sqlite/sqlite_read.h"

#include "sqlite/sqlite_session.h"

enum { ALERTS_LISTED = 50 };

static enum status read_damaged(struct sqlite_session *session)
{
    buf_clear(&session->problem);
    buf_printf(&session->problem,
               "%s holds a row that no Deltaward wrote: restore it from a backup",
               session->path.ptr);
    return STATUS_IO;
}

/* Steps to the next row: STATUS_OK, or STATUS_NOT_FOUND after the last. */
static enum status read_step(struct sqlite_session *session, const struct sqlite_binder *query)
{
    int result = query->result == SQLITE_OK ? sqlite3_step(query->statement) : query->result;
    if (result == SQLITE_ROW) {
        return STATUS_OK;
    }
    return result == SQLITE_DONE ? STATUS_NOT_FOUND : sqlite_session_fail(session, result, "read");
}

/* A query with one text to look for, at its first row. */
static enum status read_one(struct sqlite_session *session, enum sqlite_statement which,
                            struct span key, struct sqlite_row *row)
{
    if (session->broken != STATUS_OK) {
        return session->broken;
    }
    struct sqlite_binder query = sqlite_binder_to(sqlite_session_use(session, which));
    sqlite_bind_span(&query, key);
    *row = sqlite_row_of(query.statement);
    enum status status = read_step(session, &query);
    if (status != STATUS_OK) {
        sqlite_session_end(query.statement);
    }
    return status;
}

enum status sqlite_read_position(struct store *store, struct span source, struct arena *arena,
                                 struct span *position, int64_t *watermark_us)
{
    struct sqlite_row row;
    struct sqlite_session *session = sqlite_session_of(store);
    enum status status = read_one(session, SQLITE_STATEMENT_GET_POSITION, source, &row);
    if (status == STATUS_OK) {
        *position = arena_copy(arena, sqlite_row_span(&row));
        *watermark_us = sqlite_row_number(&row);
        sqlite_session_end(row.statement);
    }
    return status;
}

enum status sqlite_read_part(struct store *store, struct span source, struct span part,
                             struct arena *arena, struct span *position)
{
    struct sqlite_session *session = sqlite_session_of(store);
    if (session->broken != STATUS_OK) {
        return session->broken;
    }
    sqlite3_stmt *statement = sqlite_session_use(session, SQLITE_STATEMENT_GET_PART);
    struct sqlite_binder query = sqlite_binder_to(statement);
    sqlite_bind_span(&query, source);
    sqlite_bind_span(&query, part);
    struct sqlite_row row = sqlite_row_of(statement);
    enum status status = read_step(session, &query);
    if (status == STATUS_OK) {
        *position = arena_copy(arena, sqlite_row_span(&row));
    }
    sqlite_session_end(statement);
    return status;
}

enum status sqlite_read_ledger(struct store *store, struct span source, struct store_ledger *out)
{
    struct sqlite_row row;
    struct sqlite_session *session = sqlite_session_of(store);
    enum status status = read_one(session, SQLITE_STATEMENT_GET_LEDGER, source, &row);
    if (status == STATUS_OK) {
        out->read = sqlite_row_count(&row);
        out->evaluated = sqlite_row_count(&row);
        out->quarantined = sqlite_row_count(&row);
        out->skipped = sqlite_row_count(&row);
        sqlite_session_end(row.statement);
    }
    return status;
}

enum status sqlite_read_cursor(struct store *store, struct span sink, struct arena *arena,
                               struct sink_cursor *out)
{
    struct sqlite_row row;
    struct sqlite_session *session = sqlite_session_of(store);
    enum status status = read_one(session, SQLITE_STATEMENT_GET_CURSOR, sink, &row);
    if (status == STATUS_OK) {
        out->alert_sequence = sqlite_row_count(&row);
        out->length_bytes = sqlite_row_count(&row);
        out->identity = arena_copy(arena, sqlite_row_span(&row));
        sqlite_session_end(row.statement);
    }
    return status;
}

/* In the order of SIGNAL_COLUMNS, with which the rows of alerts end too. */
static struct signal read_signal(struct sqlite_row *row)
{
    struct signal signal = {0};
    signal.sequence = sqlite_row_count(row);
    signal.kind = (enum signal_kind)sqlite_row_number(row);
    signal.fan_index = (uint32_t)sqlite_row_number(row);
    signal.policy_id = sqlite_row_span(row);
    signal.policy_version = sqlite_row_digest(row);
    signal.state_id = sqlite_row_digest(row);
    signal.finding = sqlite_row_digest(row);
    signal.group_key = sqlite_row_span(row);
    signal.severity = sqlite_row_span(row);
    signal.source = sqlite_row_span(row);
    signal.offset = sqlite_row_count(row);
    signal.event_time_us = sqlite_row_number(row);
    signal.watermark_us = sqlite_row_number(row);
    signal.detected_us = sqlite_row_number(row);
    signal.horizon_us = sqlite_row_number(row);
    signal.episode_us = sqlite_row_number(row);
    signal.summary = sqlite_row_number(row) != 0;
    signal.body = sqlite_row_span(row);
    signal.correlation = sqlite_row_span(row);
    signal.value = sqlite_row_span(row);
    signal.input = (uint32_t)sqlite_row_number(row);
    signal.idle = sqlite_row_number(row) != 0;
    signal.inner = sqlite_row_span(row);
    row->damaged |= signal.kind > SIGNAL_STATES;
    return signal;
}

static enum alert_status read_alert_status(struct sqlite_row *row)
{
    struct span name = sqlite_row_span(row);
    for (enum alert_status status = ALERT_OPENED; status <= ALERT_RESOLVED; status++) {
        if (span_equals(name, alert_status_name(status))) {
            return status;
        }
    }
    row->damaged = true;
    return ALERT_OPENED;
}

static struct alert read_alert(struct sqlite_row *row)
{
    struct alert alert = {0};
    alert.sequence = sqlite_row_count(row);
    alert.log_sequence = sqlite_row_count(row);
    alert.ordinal = (uint32_t)sqlite_row_number(row);
    alert.status = read_alert_status(row);
    alert.id = sqlite_row_digest(row);
    alert.count = sqlite_row_count(row);
    alert.opened_us = sqlite_row_number(row);
    alert.first_us = sqlite_row_number(row);
    alert.last_us = sqlite_row_number(row);
    alert.correlation = sqlite_row_span(row);
    struct span finding = sqlite_row_span(row);
    alert.signal = read_signal(row);
    alert.signal.event_time_us = alert.opened_us; /* at the watermark the end of a window */
    if (finding.len) { /* else of a store from before version 6 */
        row->damaged |= !digest_parse(finding, &alert.signal.finding);
    }
    return alert;
}

enum status sqlite_read_signals(struct store *store, uint64_t from, store_signal_fn each,
                                void *context)
{
    struct sqlite_session *session = sqlite_session_of(store);
    struct sqlite_binder query =
        sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_GET_SIGNALS));
    sqlite_bind_count(&query, from);
    enum status status = session->broken;
    while (status == STATUS_OK && (status = read_step(session, &query)) == STATUS_OK) {
        struct sqlite_row row = sqlite_row_of(query.statement);
        struct signal signal = read_signal(&row);
        status = row.damaged ? read_damaged(session) : each(context, &signal);
    }
    sqlite_session_end(query.statement);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static struct held_match read_match(struct sqlite_row *row)
{
    struct held_match match = {0};
    match.number = sqlite_row_count(row);
    match.offset = sqlite_row_count(row);
    match.policy_id = sqlite_row_span(row);
    match.event_time_us = sqlite_row_number(row);
    match.due_us = sqlite_row_number(row);
    match.told_us = sqlite_row_number(row);
    match.arrival_us = sqlite_row_number(row);
    match.detected_us = sqlite_row_number(row);
    match.account = sqlite_row_span(row);
    match.format = (enum record_format)sqlite_row_number(row);
    match.bytes = sqlite_row_span(row);
    row->damaged |= match.number == 0 || match.format > RECORD_FORMAT_CLOUDTRAIL;
    return match;
}

enum status sqlite_read_held(struct store *store, store_held_fn each, void *context)
{
    struct sqlite_session *session = sqlite_session_of(store);
    struct sqlite_binder query =
        sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_GET_HELD));
    enum status status = session->broken;
    while (status == STATUS_OK && (status = read_step(session, &query)) == STATUS_OK) {
        struct sqlite_row row = sqlite_row_of(query.statement);
        struct span source = sqlite_row_span(&row);
        struct held_match match = read_match(&row);
        status = row.damaged ? read_damaged(session) : each(context, source, &match);
    }
    sqlite_session_end(query.statement);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* Gives the rows of a query of alerts that is bound already. */
static enum status read_each_alert(struct sqlite_session *session, struct sqlite_binder *query,
                                   store_alert_fn each, void *context)
{
    enum status status = session->broken;
    while (status == STATUS_OK && (status = read_step(session, query)) == STATUS_OK) {
        struct sqlite_row row = sqlite_row_of(query->statement);
        struct alert alert = read_alert(&row);
        status = row.damaged ? read_damaged(session) : each(context, &alert);
    }
    sqlite_session_end(query->statement);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status sqlite_read_alerts(struct store *store, uint64_t sequence, size_t limit,
                               store_alert_fn each, void *context)
{
    struct sqlite_session *session = sqlite_session_of(store);
    struct sqlite_binder query =
        sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_GET_ALERTS));
    sqlite_bind_count(&query, sequence);
    sqlite_bind_count(&query, limit);
    return read_each_alert(session, &query, each, context);
}

enum status sqlite_store_alerts(struct store *store, const struct sqlite_alert_filter *filter,
                                store_alert_fn each, void *context)
{
    struct sqlite_session *session = sqlite_session_of(store);
    struct sqlite_binder query =
        sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_FIND_ALERTS));
    sqlite_bind_span(&query, filter->policy_id);
    sqlite_bind_span(&query, filter->severity);
    sqlite_bind_span(&query, filter->id_prefix);
    sqlite_bind_number(&query, filter->open_only);
    sqlite_bind_span(&query, alert_status_name(ALERT_RESOLVED));
    sqlite_bind_count(&query, filter->limit ? filter->limit : ALERTS_LISTED);
    return read_each_alert(session, &query, each, context);
}

enum status sqlite_store_counts(struct store *store, sqlite_count_fn each, void *context)
{
    struct sqlite_session *session = sqlite_session_of(store);
    struct sqlite_binder query =
        sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_GET_COUNTS));
    sqlite_bind_span(&query, alert_status_name(ALERT_OPENED));
    sqlite_bind_number(&query, SIGNAL_MATCH);
    enum status status = session->broken;
    while (status == STATUS_OK && (status = read_step(session, &query)) == STATUS_OK) {
        struct sqlite_row row = sqlite_row_of(query.statement);
        struct store_policy_count count = {.policy_id = sqlite_row_span(&row)};
        count.counter = sqlite_row_span(&row);
        count.count = sqlite_row_count(&row);
        status = row.damaged ? read_damaged(session) : each(context, &count);
    }
    sqlite_session_end(query.statement);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* The row behind (sink, sequence): one a query, so that the rows may go while they are read. */
static enum status read_refusal(struct sqlite_session *session, struct sqlite_binder *query,
                                sqlite_undelivered_fn each, void *context, uint64_t *sequence)
{
    enum status status = read_step(session, query);
    if (status != STATUS_OK) {
        return status;
    }
    struct sqlite_row row = sqlite_row_of(query->statement);
    struct sqlite_undelivered undelivered = {0};
    undelivered.sink = sqlite_row_span(&row);
    undelivered.reason = sqlite_row_span(&row);
    undelivered.refused_us = sqlite_row_number(&row);
    undelivered.outdated = sqlite_row_number(&row) != 0;
    struct alert alert = read_alert(&row);
    undelivered.alert = &alert;
    *sequence = alert.sequence;
    return row.damaged ? read_damaged(session) : each(context, &undelivered);
}

enum status sqlite_store_undelivered(struct store *store,
                                     const struct sqlite_undelivered_filter *filter,
                                     sqlite_undelivered_fn each, void *context)
{
    struct sqlite_session *session = sqlite_session_of(store);
    struct buf sink = {0};
    uint64_t sequence = 0;
    enum status status = session->broken;
    while (status == STATUS_OK) {
        struct sqlite_binder query =
            sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_FIND_REFUSALS));
        sqlite_bind_span(&query, buf_view(&sink));
        sqlite_bind_count(&query, sequence);
        sqlite_bind_span(&query, filter->sink);
        sqlite_bind_span(&query, filter->policy_id);
        sqlite_bind_span(&query, filter->id_prefix);
        status = read_refusal(session, &query, each, context, &sequence);
        if (status == STATUS_OK) {
            struct sqlite_row row = sqlite_row_of(query.statement);
            struct buf next = {0};
            buf_append(&next, sqlite_row_span(&row));
            buf_deinit(&sink);
            sink = next;
        }
        sqlite_session_end(query.statement);
    }
    buf_deinit(&sink);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status sqlite_read_sequences(struct store *store, uint64_t *signal_last, uint64_t *alert_last)
{
    struct sqlite_session *session = sqlite_session_of(store);
    if (session->broken != STATUS_OK) {
        return session->broken;
    }
    struct sqlite_binder query =
        sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_GET_SEQUENCES));
    enum status status = read_step(session, &query);
    if (status == STATUS_OK) {
        struct sqlite_row row = sqlite_row_of(query.statement);
        *signal_last = sqlite_row_count(&row);
        *alert_last = sqlite_row_count(&row);
    }
    sqlite_session_end(query.statement);
    return status;
}
