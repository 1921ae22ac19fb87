/* sqlite_write.h: what a detector writes into its store. See store_ops for the contracts. */
#ifndef SQLITE_SQLITE_WRITE_H
#define SQLITE_SQLITE_WRITE_H

#include "port/store.h"

/* All of a micro-batch and the cursors set before it in one transaction (rule 21). */
enum status sqlite_write_batch(struct store *store, const struct store_batch *batch);
enum status sqlite_write_cursor(struct store *store, struct span sink,
                                const struct sink_cursor *cursor);
enum status sqlite_write_refusal(struct store *store, const struct store_refusal *refusal);
/* Commits cursors that no batch has carried yet. */
enum status sqlite_write_flush(struct store *store);

#endif
