/* sqlite_write.c: one batch is one transaction: position, signals, alerts, quarantine and counts
 * become durable together or not at all. */
#include "sqlite/sqlite_write.h"

#include "sqlite/sqlite_session.h"

/* Runs a bound statement that answers no rows. */
static int write_row(struct sqlite_binder *binder)
{
    int result = binder->result;
    if (result == SQLITE_OK) {
        result = sqlite3_step(binder->statement);
    }
    sqlite_session_end(binder->statement);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int write_source(sqlite3_stmt *statement, const struct store_batch *batch)
{
    struct sqlite_binder row = sqlite_binder_to(statement);
    sqlite_bind_span(&row, batch->source);
    sqlite_bind_span(&row, batch->position);
    sqlite_bind_number(&row, batch->watermark_us);
    sqlite_bind_count(&row, batch->ledger.read);
    sqlite_bind_count(&row, batch->ledger.evaluated);
    sqlite_bind_count(&row, batch->ledger.quarantined);
    sqlite_bind_count(&row, batch->ledger.skipped);
    return write_row(&row);
}

static int write_part(sqlite3_stmt *statement, const struct store_batch *batch)
{
    struct sqlite_binder row = sqlite_binder_to(statement);
    sqlite_bind_span(&row, batch->source);
    sqlite_bind_span(&row, batch->part);
    sqlite_bind_span(&row, batch->part_position);
    return write_row(&row);
}

static int write_signal(sqlite3_stmt *statement, const struct signal *signal)
{
    struct sqlite_binder row = sqlite_binder_to(statement);
    sqlite_bind_count(&row, signal->sequence);
    sqlite_bind_number(&row, signal->kind);
    sqlite_bind_number(&row, signal->fan_index);
    sqlite_bind_span(&row, signal->policy_id);
    sqlite_bind_digest(&row, &signal->policy_version);
    sqlite_bind_digest(&row, &signal->state_id);
    sqlite_bind_digest(&row, &signal->finding);
    sqlite_bind_span(&row, signal->group_key);
    sqlite_bind_span(&row, signal->severity);
    sqlite_bind_span(&row, signal->source);
    sqlite_bind_count(&row, signal->offset);
    sqlite_bind_number(&row, signal->event_time_us);
    sqlite_bind_number(&row, signal->watermark_us);
    sqlite_bind_number(&row, signal->detected_us);
    sqlite_bind_number(&row, signal->horizon_us);
    sqlite_bind_number(&row, signal->episode_us);
    sqlite_bind_number(&row, signal->summary);
    sqlite_bind_span(&row, signal->body);
    sqlite_bind_span(&row, signal->correlation);
    sqlite_bind_span(&row, signal->value);
    sqlite_bind_number(&row, signal->input);
    sqlite_bind_number(&row, signal->idle);
    sqlite_bind_span(&row, signal->inner);
    return write_row(&row);
}

static int write_alert(sqlite3_stmt *statement, const struct alert *alert)
{
    struct sqlite_binder row = sqlite_binder_to(statement);
    sqlite_bind_count(&row, alert->sequence);
    sqlite_bind_count(&row, alert->log_sequence);
    sqlite_bind_number(&row, alert->ordinal);
    sqlite_bind_span(&row, alert_status_name(alert->status));
    sqlite_bind_digest(&row, &alert->id);
    sqlite_bind_count(&row, alert->count);
    sqlite_bind_number(&row, alert->opened_us);
    sqlite_bind_number(&row, alert->first_us);
    sqlite_bind_number(&row, alert->last_us);
    sqlite_bind_count(&row, alert->signal.sequence);
    sqlite_bind_span(&row, alert->correlation);
    sqlite_bind_digest(&row, &alert->signal.finding);
    return write_row(&row);
}

static int write_quarantined(sqlite3_stmt *statement, const struct store_quarantined *record)
{
    struct sqlite_binder row = sqlite_binder_to(statement);
    sqlite_bind_span(&row, record->source);
    sqlite_bind_count(&row, record->offset);
    sqlite_bind_count(&row, record->line);
    sqlite_bind_span(&row, record->reason);
    sqlite_bind_bytes(&row, record->bytes);
    sqlite_bind_number(&row, record->detected_us);
    return write_row(&row);
}

static int write_count(sqlite3_stmt *statement, const struct store_policy_count *count)
{
    struct sqlite_binder row = sqlite_binder_to(statement);
    sqlite_bind_span(&row, count->policy_id);
    sqlite_bind_span(&row, count->counter);
    sqlite_bind_count(&row, count->count);
    return write_row(&row);
}

static int write_held(sqlite3_stmt *statement, struct span source, const struct held_match *match)
{
    struct sqlite_binder row = sqlite_binder_to(statement);
    sqlite_bind_span(&row, source);
    sqlite_bind_count(&row, match->number);
    sqlite_bind_count(&row, match->offset);
    sqlite_bind_span(&row, match->policy_id);
    sqlite_bind_number(&row, match->event_time_us);
    sqlite_bind_number(&row, match->due_us);
    sqlite_bind_number(&row, match->told_us);
    sqlite_bind_number(&row, match->arrival_us);
    sqlite_bind_number(&row, match->detected_us);
    sqlite_bind_span(&row, match->account);
    sqlite_bind_number(&row, match->format);
    sqlite_bind_bytes(&row, match->bytes);
    return write_row(&row);
}

static int drop_held(sqlite3_stmt *statement, struct span source, uint64_t number)
{
    struct sqlite_binder row = sqlite_binder_to(statement);
    sqlite_bind_span(&row, source);
    sqlite_bind_count(&row, number);
    return write_row(&row);
}

/* What is let go first: numbers may be given again once nothing is held. */
static int write_all_held(struct sqlite_session *session, const struct store_batch *batch)
{
    sqlite3_stmt *drop = sqlite_session_use(session, SQLITE_STATEMENT_DROP_HELD);
    sqlite3_stmt *put = sqlite_session_use(session, SQLITE_STATEMENT_PUT_HELD);
    int result = SQLITE_OK;
    for (size_t i = 0; i < batch->let_go_count && result == SQLITE_OK; i++) {
        result = drop_held(drop, batch->source, batch->let_go[i]);
    }
    for (size_t i = 0; i < batch->held_count && result == SQLITE_OK; i++) {
        result = write_held(put, batch->source, &batch->held[i]);
    }
    return result;
}

static int write_signals_and_alerts(struct sqlite_session *session, const struct store_batch *batch)
{
    sqlite3_stmt *signal = sqlite_session_use(session, SQLITE_STATEMENT_PUT_SIGNAL);
    sqlite3_stmt *alert = sqlite_session_use(session, SQLITE_STATEMENT_PUT_ALERT);
    int result = SQLITE_OK;
    for (size_t i = 0; i < batch->signal_count && result == SQLITE_OK; i++) {
        result = write_signal(signal, &batch->signals[i]);
    }
    for (size_t i = 0; i < batch->alert_count && result == SQLITE_OK; i++) {
        result = write_alert(alert, &batch->alerts[i]);
    }
    return result;
}

static int write_all(struct sqlite_session *session, const struct store_batch *batch)
{
    sqlite3_stmt *quarantine = sqlite_session_use(session, SQLITE_STATEMENT_PUT_QUARANTINE);
    sqlite3_stmt *count = sqlite_session_use(session, SQLITE_STATEMENT_ADD_COUNT);
    int result = SQLITE_OK;
    if (batch->source.len) {
        result = write_source(sqlite_session_use(session, SQLITE_STATEMENT_PUT_SOURCE), batch);
    }
    if (result == SQLITE_OK && batch->part.len) {
        result = write_part(sqlite_session_use(session, SQLITE_STATEMENT_PUT_PART), batch);
    }
    if (result == SQLITE_OK) {
        result = write_signals_and_alerts(session, batch);
    }
    if (result == SQLITE_OK) {
        result = write_all_held(session, batch);
    }
    for (size_t i = 0; i < batch->quarantined_count && result == SQLITE_OK; i++) {
        result = write_quarantined(quarantine, &batch->quarantined[i]);
    }
    for (size_t i = 0; i < batch->count_count && result == SQLITE_OK; i++) {
        result = write_count(count, &batch->counts[i]);
    }
    return result;
}

enum status sqlite_write_batch(struct store *store, const struct store_batch *batch)
{
    struct sqlite_session *session = sqlite_session_of(store);
    enum status status = sqlite_session_begin(session);
    if (status != STATUS_OK) {
        return status;
    }
    int result = write_all(session, batch);
    if (result != SQLITE_OK) {
        return sqlite_session_break(session, result, "write to");
    }
    return sqlite_session_commit(session);
}

static enum status finish_row(struct sqlite_session *session, struct sqlite_binder *row)
{
    int result = write_row(row);
    return result == SQLITE_OK ? STATUS_OK : sqlite_session_break(session, result, "write to");
}

enum status sqlite_write_cursor(struct store *store, struct span sink,
                                const struct sink_cursor *cursor)
{
    struct sqlite_session *session = sqlite_session_of(store);
    enum status status = sqlite_session_begin(session);
    if (status != STATUS_OK) {
        return status;
    }
    struct sqlite_binder row =
        sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_PUT_CURSOR));
    sqlite_bind_span(&row, sink);
    sqlite_bind_count(&row, cursor->alert_sequence);
    sqlite_bind_count(&row, cursor->length_bytes);
    sqlite_bind_span(&row, cursor->identity);
    return finish_row(session, &row);
}

enum status sqlite_write_refusal(struct store *store, const struct store_refusal *refusal)
{
    struct sqlite_session *session = sqlite_session_of(store);
    enum status status = sqlite_session_begin(session);
    if (status != STATUS_OK) {
        return status;
    }
    struct sqlite_binder row =
        sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_PUT_REFUSAL));
    sqlite_bind_span(&row, refusal->sink);
    sqlite_bind_count(&row, refusal->alert_sequence);
    sqlite_bind_span(&row, refusal->reason);
    sqlite_bind_number(&row, refusal->refused_us);
    return finish_row(session, &row);
}

enum status sqlite_store_redelivered(struct store *store, struct span sink, uint64_t alert_sequence)
{
    struct sqlite_session *session = sqlite_session_of(store);
    enum status status = sqlite_session_begin(session);
    if (status != STATUS_OK) {
        return status;
    }
    struct sqlite_binder row =
        sqlite_binder_to(sqlite_session_use(session, SQLITE_STATEMENT_DROP_REFUSAL));
    sqlite_bind_span(&row, sink);
    sqlite_bind_count(&row, alert_sequence);
    status = finish_row(session, &row);
    return status == STATUS_OK ? sqlite_session_commit(session) : status;
}

enum status sqlite_write_flush(struct store *store)
{
    return sqlite_session_commit(sqlite_session_of(store));
}
