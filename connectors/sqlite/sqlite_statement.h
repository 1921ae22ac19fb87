/* sqlite_statement.h: every statement that a running store uses, prepared once. */
#ifndef SQLITE_SQLITE_STATEMENT_H
#define SQLITE_SQLITE_STATEMENT_H

#include "base/digest.h"
#include "base/span.h"

#include <sqlite3.h>

enum sqlite_statement {
    SQLITE_STATEMENT_BEGIN,
    SQLITE_STATEMENT_COMMIT,
    SQLITE_STATEMENT_PUT_SOURCE,
    SQLITE_STATEMENT_PUT_PART,
    SQLITE_STATEMENT_PUT_SIGNAL,
    SQLITE_STATEMENT_PUT_ALERT,
    SQLITE_STATEMENT_PUT_QUARANTINE,
    SQLITE_STATEMENT_ADD_COUNT,
    SQLITE_STATEMENT_PUT_HELD,
    SQLITE_STATEMENT_DROP_HELD,
    SQLITE_STATEMENT_PUT_CURSOR,
    SQLITE_STATEMENT_PUT_REFUSAL,
    SQLITE_STATEMENT_DROP_REFUSAL,
    SQLITE_STATEMENT_GET_POSITION,
    SQLITE_STATEMENT_GET_PART,
    SQLITE_STATEMENT_GET_LEDGER,
    SQLITE_STATEMENT_GET_CURSOR,
    SQLITE_STATEMENT_GET_SIGNALS,
    SQLITE_STATEMENT_GET_HELD,
    SQLITE_STATEMENT_GET_ALERTS,
    SQLITE_STATEMENT_GET_SEQUENCES,
    SQLITE_STATEMENT_FIND_ALERTS,
    SQLITE_STATEMENT_FIND_REFUSALS,
    SQLITE_STATEMENT_GET_COUNTS,
    SQLITE_STATEMENT_COUNT,
};

/* The statement's SQL. */
const char *sqlite_statement_text(enum sqlite_statement which);

/* Binds parameters from left to right; the first failure is kept in `result`. */
struct sqlite_binder {
    sqlite3_stmt *statement;
    int index;
    int result;
};
/* Starts at the first parameter of a statement that is reset; the statement stays its owner's. */
struct sqlite_binder sqlite_binder_to(sqlite3_stmt *statement);
/* The bytes must live until the statement is reset. */
void sqlite_bind_span(struct sqlite_binder *binder, struct span text);
void sqlite_bind_bytes(struct sqlite_binder *binder, struct span bytes);
void sqlite_bind_number(struct sqlite_binder *binder, int64_t number);
void sqlite_bind_count(struct sqlite_binder *binder, uint64_t number);
void sqlite_bind_digest(struct sqlite_binder *binder, const struct digest *digest);

/* Reads columns from left to right; `damaged` once a column does not hold what it must. */
struct sqlite_row {
    sqlite3_stmt *statement;
    int column;
    bool damaged;
};
/* Starts at the first column of the row that the statement stands on. */
struct sqlite_row sqlite_row_of(sqlite3_stmt *statement);
/* Valid until the statement steps on. */
struct span sqlite_row_span(struct sqlite_row *row);
int64_t sqlite_row_number(struct sqlite_row *row);
uint64_t sqlite_row_count(struct sqlite_row *row);
struct digest sqlite_row_digest(struct sqlite_row *row);

#endif
