/* sender.h: one remote sink of `run`: a thread reads committed alerts from the store behind the
 * sink's cursor and sends them, so that a sink that is away delays nobody and costs no memory. What
 * it has come to is recorded by the thread that owns the store. */
#ifndef APP_SENDER_H
#define APP_SENDER_H

#include "app/notify/outlet.h"
#include "port/store.h"

struct sender_options {
    const struct outlet_services *services;
    const struct config_item *item; /* of `sinks` */
    struct span store_path;
    uint64_t cursor;                /* the last alert that was dealt with */
};

struct sender;

/* Opens the sink and the store (for reading), then starts the thread. STATUS_INVALID, STATUS_IO and
 * those of sqlite_store_open: *problem (in `arena`) says why. */
MUST_USE enum status sender_start(const struct sender_options *options, struct arena *arena,
                                  struct span *problem, struct sender **out);
/* Alerts were committed. Any thread, as for all below but sender_free. */
void sender_wake(struct sender *sender);
/* Writes refusals, then the cursor, which ride with the store's next commit or flush. Called by the
 * thread that owns the store. STATUS_IO: the thread cannot read the store any more, which it has
 * told; the process must stop. */
MUST_USE enum status sender_record(struct sender *sender, struct store *store);
/* The last alert that was dealt with. */
uint64_t sender_cursor(struct sender *sender);
/* The sink takes nothing at present. */
bool sender_is_failing(struct sender *sender);
struct span sender_name(const struct sender *sender);
/* Ends a send that waits and the thread; sender_record then writes what was reached. */
void sender_stop(struct sender *sender);
/* After sender_stop. */
void sender_free(struct sender **sender);

#endif
