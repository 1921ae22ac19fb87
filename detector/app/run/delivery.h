/* delivery.h: alerts to sinks, by routes. Each sink has a cursor of its own in the store, so that a
 * restart goes on where that sink stopped. */
#ifndef APP_DELIVERY_H
#define APP_DELIVERY_H

#include "app/config/config.h"
#include "base/log.h"
#include "port/sink.h"
#include "port/store.h"

struct delivery_sink {
    struct sink *sink;
    struct sink_cursor cursor;
};

struct delivery {
    struct delivery_sink *items;
    size_t count;
    const struct config *config; /* routes */
    struct store *store;
    struct arena *scratch;       /* of one send */
    struct log *log;
    uint64_t unrouted;
    bool closed;                 /* it stopped because a reader is gone */
};

/* Opens the sinks at their cursors, then sends what the store holds beyond them. Failures are told
 * in the log. delivery_close in any case. */
MUST_USE enum status delivery_open(const struct config *config, struct store *store,
                                   struct arena *arena, struct log *log, struct delivery *out);
/* Sends committed alerts to each sink that a route names and records the cursors, which ride with
 * the store's next commit or flush. Anything but STATUS_OK: the process must stop; `closed` tells a
 * reader that is gone from a failure. */
MUST_USE enum status delivery_send(struct delivery *delivery, const struct alert *alerts,
                                   size_t count);
void delivery_close(struct delivery *delivery);

#endif
