/* sqlite_statement.c: the SQL of every statement in one table, and the helpers that bind parameters
 * and read columns. */
#include "sqlite/sqlite_statement.h"

#include "base/check.h"

#define SIGNAL_COLUMNS                                                                             \
    "signal.sequence, signal.kind, fan_index, policy_id, policy_version, state_id, "               \
    "signal.finding, group_key, severity, source, offset, event_time_us, watermark_us, "           \
    "detected_us, horizon_us, episode_us, summary, body, signal.correlation, value, input, "       \
    "idle, inner_event"
#define ALERT_COLUMNS                                                                              \
    "alert.sequence, log_sequence, ordinal, status, id, count, opened_us, first_us, last_us, "  \
    "alert.correlation, alert.finding, "
/* An alert shows the signal that opened its episode; its text is kept once, in the signal log. */
#define ALERT_ROWS                                                                                 \
    "SELECT " ALERT_COLUMNS SIGNAL_COLUMNS                                                         \
    " FROM alert JOIN signal ON signal.sequence = alert.signal "

const char *sqlite_statement_text(enum sqlite_statement which)
{
    static const char *const texts[] = {
        [SQLITE_STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
        [SQLITE_STATEMENT_COMMIT] = "COMMIT",
        [SQLITE_STATEMENT_PUT_SOURCE] =
            "INSERT INTO source (name, position, watermark_us, read, evaluated, quarantined, "
            "skipped) VALUES (?,?,?,?,?,?,?) ON CONFLICT (name) DO UPDATE SET "
            "position = excluded.position, watermark_us = excluded.watermark_us, "
            "read = read + excluded.read, evaluated = evaluated + excluded.evaluated, "
            "quarantined = quarantined + excluded.quarantined, "
            "skipped = skipped + excluded.skipped",
        [SQLITE_STATEMENT_PUT_PART] =
            "INSERT INTO part VALUES (?,?,?) ON CONFLICT (source, name) DO UPDATE SET "
            "position = excluded.position",
        [SQLITE_STATEMENT_PUT_SIGNAL] =
            "INSERT INTO signal VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [SQLITE_STATEMENT_PUT_ALERT] = "INSERT INTO alert VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        [SQLITE_STATEMENT_PUT_QUARANTINE] =
            "INSERT INTO quarantine (source, offset, line, reason, bytes, detected_us) "
            "VALUES (?,?,?,?,?,?)",
        [SQLITE_STATEMENT_ADD_COUNT] =
            "INSERT INTO policy_count VALUES (?,?,?) ON CONFLICT (policy_id, counter) DO UPDATE "
            "SET count = count + excluded.count",
        [SQLITE_STATEMENT_PUT_HELD] = "INSERT INTO held VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        [SQLITE_STATEMENT_DROP_HELD] = "DELETE FROM held WHERE source = ? AND number = ?",
        [SQLITE_STATEMENT_PUT_CURSOR] =
            "INSERT INTO cursor VALUES (?,?,?,?) ON CONFLICT (sink) DO UPDATE SET "
            "alert_sequence = excluded.alert_sequence, length_bytes = excluded.length_bytes, "
            "identity = excluded.identity",
        [SQLITE_STATEMENT_PUT_REFUSAL] =
            "INSERT INTO undelivered VALUES (?,?,?,?) ON CONFLICT (sink, alert_sequence) DO "
            "UPDATE SET reason = excluded.reason, refused_us = excluded.refused_us",
        [SQLITE_STATEMENT_DROP_REFUSAL] =
            "DELETE FROM undelivered WHERE sink = ? AND alert_sequence = ?",
        [SQLITE_STATEMENT_GET_POSITION] =
            "SELECT position, watermark_us FROM source WHERE name = ?",
        [SQLITE_STATEMENT_GET_PART] = "SELECT position FROM part WHERE source = ? AND name = ?",
        [SQLITE_STATEMENT_GET_LEDGER] =
            "SELECT read, evaluated, quarantined, skipped FROM source WHERE name = ?",
        [SQLITE_STATEMENT_GET_CURSOR] =
            "SELECT alert_sequence, length_bytes, identity FROM cursor WHERE sink = ?",
        [SQLITE_STATEMENT_GET_SIGNALS] =
            "SELECT " SIGNAL_COLUMNS " FROM signal WHERE sequence >= ? ORDER BY sequence",
        [SQLITE_STATEMENT_GET_HELD] =
            "SELECT source, number, offset, policy_id, event_time_us, due_us, told_us, "
            "arrival_us, detected_us, account, format, bytes FROM held ORDER BY source, number",
        [SQLITE_STATEMENT_GET_ALERTS] =
            ALERT_ROWS "WHERE alert.sequence > ? ORDER BY alert.sequence LIMIT ?",
        [SQLITE_STATEMENT_GET_SEQUENCES] =
            "SELECT coalesce((SELECT max(sequence) FROM signal), 0), "
            "coalesce((SELECT max(sequence) FROM alert), 0)",
        /* ?1 policy, ?2 severity, ?3 start of the id, ?4 only open ones, ?5 "resolved". */
        [SQLITE_STATEMENT_FIND_ALERTS] =
            ALERT_ROWS
            "WHERE NOT EXISTS (SELECT 1 FROM alert AS newer WHERE newer.id = alert.id "
            "AND newer.sequence > alert.sequence) "
            "AND (?1 = '' OR policy_id = ?1) AND (?2 = '' OR severity = ?2) "
            "AND (?3 = '' OR substr(id, 1, length(?3)) = ?3) AND (?4 = 0 OR status <> ?5) "
            "ORDER BY alert.opened_us DESC, alert.sequence DESC LIMIT ?6",
        /* The first after (?1 sink, ?2 sequence); ?3 only this sink, ?4 policy, ?5 start of id. */
        [SQLITE_STATEMENT_FIND_REFUSALS] =
            "SELECT undelivered.sink, reason, refused_us, "
            "EXISTS (SELECT 1 FROM alert AS newer WHERE newer.id = alert.id AND "
            "newer.sequence > alert.sequence AND newer.sequence <= "
            "(SELECT alert_sequence FROM cursor WHERE cursor.sink = undelivered.sink) AND "
            "NOT EXISTS (SELECT 1 FROM undelivered AS other WHERE other.sink = undelivered.sink "
            "AND other.alert_sequence = newer.sequence)), " ALERT_COLUMNS SIGNAL_COLUMNS
            " FROM undelivered JOIN alert ON alert.sequence = undelivered.alert_sequence "
            "JOIN signal ON signal.sequence = alert.signal "
            "WHERE (sink, alert_sequence) > (?1, ?2) AND (?3 = '' OR sink = ?3) "
            "AND (?4 = '' OR policy_id = ?4) "
            "AND (?5 = '' OR substr(id, 1, length(?5)) = ?5) "
            "ORDER BY sink, alert_sequence LIMIT 1",
        /* ?1 "opened", ?2 the kind of matches. */
        [SQLITE_STATEMENT_GET_COUNTS] =
            "SELECT policy_id, counter, count FROM policy_count UNION ALL "
            "SELECT policy_id, 'alerts', count(*) FROM alert JOIN signal ON signal.sequence = "
            "alert.signal WHERE status = ?1 AND kind = ?2 GROUP BY policy_id ORDER BY 1, 2",
    };
    check(which < SQLITE_STATEMENT_COUNT);
    return texts[which];
}

struct sqlite_binder sqlite_binder_to(sqlite3_stmt *statement)
{
    return (struct sqlite_binder){.statement = statement, .result = SQLITE_OK};
}

static void binder_note(struct sqlite_binder *binder, int result)
{
    if (binder->result == SQLITE_OK) {
        binder->result = result;
    }
}

void sqlite_bind_span(struct sqlite_binder *binder, struct span text)
{
    binder_note(binder, sqlite3_bind_text64(binder->statement, ++binder->index,
                                            text.len ? text.ptr : "", text.len, SQLITE_STATIC,
                                            SQLITE_UTF8));
}

void sqlite_bind_bytes(struct sqlite_binder *binder, struct span bytes)
{
    binder_note(binder, sqlite3_bind_blob64(binder->statement, ++binder->index,
                                            bytes.len ? bytes.ptr : "", bytes.len,
                                            SQLITE_STATIC));
}

void sqlite_bind_number(struct sqlite_binder *binder, int64_t number)
{
    binder_note(binder, sqlite3_bind_int64(binder->statement, ++binder->index, number));
}

void sqlite_bind_count(struct sqlite_binder *binder, uint64_t number)
{
    check(number <= INT64_MAX);
    sqlite_bind_number(binder, (int64_t)number);
}

void sqlite_bind_digest(struct sqlite_binder *binder, const struct digest *digest)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(digest, hex);
    binder_note(binder, sqlite3_bind_text(binder->statement, ++binder->index, hex,
                                          DIGEST_HEX_LENGTH, SQLITE_TRANSIENT));
}

struct sqlite_row sqlite_row_of(sqlite3_stmt *statement)
{
    return (struct sqlite_row){.statement = statement};
}

struct span sqlite_row_span(struct sqlite_row *row)
{
    int column = row->column++;
    const void *bytes = sqlite3_column_blob(row->statement, column);
    int length = sqlite3_column_bytes(row->statement, column);
    return span_of(bytes, (size_t)length);
}

int64_t sqlite_row_number(struct sqlite_row *row)
{
    return sqlite3_column_int64(row->statement, row->column++);
}

uint64_t sqlite_row_count(struct sqlite_row *row)
{
    int64_t number = sqlite_row_number(row);
    row->damaged |= number < 0;
    return (uint64_t)number;
}

struct digest sqlite_row_digest(struct sqlite_row *row)
{
    struct digest digest = {{0}};
    row->damaged |= !digest_parse(sqlite_row_span(row), &digest);
    return digest;
}
