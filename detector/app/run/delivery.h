/* delivery.h: alerts to sinks, by routes. Each sink has a cursor of its own in the store, so that a
 * restart goes on where that sink stopped. Files and stdout are written to before the next batch is
 * read; remote sinks follow in threads of their own. */
#ifndef APP_DELIVERY_H
#define APP_DELIVERY_H

#include "app/config/config.h"
#include "base/log.h"
#include "port/sink.h"
#include "port/store.h"

struct health_service;
struct metrics;
struct sender;

struct delivery_sink {
    struct sink *sink;     /* NULL: a remote one, */
    struct sender *sender; /* which this sends to */
    struct sink_cursor cursor;
};

struct delivery {
    struct delivery_sink *items;
    size_t count;
    const struct config *config; /* routes */
    struct store *store;
    struct arena *scratch;       /* of one send */
    struct log *log;
    struct metrics *metrics;     /* may be NULL */
    uint64_t unrouted;
    bool closed;                 /* it stopped because a reader is gone */
    bool drained;                /* the threads of remote sinks have ended */
};

/* What delivery_open needs besides the configuration. */
struct delivery_options {
    struct store *store;
    struct span store_path;
    struct log *log;
    const struct health_service *service; /* its health and metrics may be NULL */
};

/* Opens the sinks at their cursors, then sends what the store holds beyond them; remote sinks are
 * only started. Failures are told in the log. delivery_close in any case. */
MUST_USE enum status delivery_open(const struct config *config,
                                   const struct delivery_options *options, struct arena *arena,
                                   struct delivery *out);
/* Sends committed alerts to each sink that a route names, wakes the remote ones, and records the
 * cursors, which ride with the store's next commit or flush. Anything but STATUS_OK: the process
 * must stop; `closed` tells a reader that is gone from a failure. */
MUST_USE enum status delivery_send(struct delivery *delivery, const struct alert *alerts,
                                   size_t count);
/* Makes durable how far all sinks have come: when there is no batch that would. */
MUST_USE enum status delivery_flush(struct delivery *delivery);
/* Waits until remote sinks have all that is committed, at most limit_ms, then ends them; in haste
 * only for those that take alerts at present. *behind says whether one of them lacks alerts, which
 * is told in the log. */
MUST_USE enum status delivery_drain(struct delivery *delivery, int limit_ms, bool haste,
                                    bool *behind);
void delivery_close(struct delivery *delivery);

#endif
