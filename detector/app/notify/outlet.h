/* outlet.h: one sink of the configuration with its courier: chooses by the routes, and shows to
 * log, health and metrics how deliveries go. Its owner feeds the courier and keeps the cursor. */
#ifndef APP_OUTLET_H
#define APP_OUTLET_H

#include "app/config/config.h"
#include "app/notify/courier.h"
#include "base/log.h"

struct aws_client;
struct health;
struct metrics;

/* Outlives the outlet; log, health and metrics are for any thread, the last two may be NULL. */
struct outlet_services {
    const struct config *config;
    struct log *log;
    struct health *health;
    struct metrics *metrics;
};

/* One thread at a time, but for outlet_cancel. */
struct outlet {
    struct sink *sink;
    struct aws_client *client; /* the sink's; NULL: it calls no AWS */
    struct courier *courier;
    struct outlet_services services;
    struct arena *scratch;       /* of one choice */
    struct courier_stats counted; /* what the metrics have */
    uint64_t waiting_since_ns;   /* of the oldest alert that is not settled; 0: there is none */
};

/* Makes the sink of an entry and its courier; the sink is not opened. STATUS_INVALID: *problem (in
 * `arena`) says what to change. */
MUST_USE enum status outlet_new(const struct outlet_services *services,
                                const struct config_item *item, struct arena *arena,
                                struct span *problem, struct outlet **out);
void outlet_free(struct outlet **outlet);

/* courier_load and courier_step, counted. age_us: how long the first alert has waited already. */
void outlet_load(struct outlet *outlet, const struct alert *alerts, size_t count, int64_t age_us);
/* courier_load_again. */
void outlet_load_again(struct outlet *outlet, const struct alert *alerts, size_t count);
MUST_USE enum courier_step outlet_step(struct outlet *outlet);
/* How long until the next step makes sense, after COURIER_WAITS: at most limit_ms. */
int outlet_wait_ms(const struct outlet *outlet, int limit_ms);
/* How many alerts are known to wait for this sink. */
void outlet_show_waiting(struct outlet *outlet, uint64_t alerts);
/* Ends a send that waits, and all later ones: for shutdown. Any thread. */
void outlet_cancel(struct outlet *outlet);

#endif
