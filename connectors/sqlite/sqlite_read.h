/* sqlite_read.h: what a detector and the alert commands read from a store. See store_ops for the
 * contracts. */
#ifndef SQLITE_SQLITE_READ_H
#define SQLITE_SQLITE_READ_H

#include "port/store.h"

enum status sqlite_read_position(struct store *store, struct span source, struct arena *arena,
                                 struct span *position, int64_t *watermark_us);
enum status sqlite_read_part(struct store *store, struct span source, struct span part,
                             struct arena *arena, struct span *position);
enum status sqlite_read_ledger(struct store *store, struct span source, struct store_ledger *out);
enum status sqlite_read_cursor(struct store *store, struct span sink, struct arena *arena,
                               struct sink_cursor *out);
enum status sqlite_read_signals(struct store *store, uint64_t from, store_signal_fn each,
                                void *context);
enum status sqlite_read_held(struct store *store, store_held_fn each, void *context);
enum status sqlite_read_alerts(struct store *store, uint64_t sequence, size_t limit,
                               store_alert_fn each, void *context);
enum status sqlite_read_sequences(struct store *store, uint64_t *signal_last, uint64_t *alert_last);

#endif
