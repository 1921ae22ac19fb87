/* kafka_client.h: what every client of ours has: a handle of librdkafka, and ears for what it says;
 * inside this folder only. */
#ifndef KAFKA_KAFKA_CLIENT_H
#define KAFKA_KAFKA_CLIENT_H

#include "kafka/kafka_conf.h"
#include "kafka/kafka_error.h"

#include <stdatomic.h>

struct kafka_client {
    rd_kafka_t *handle;
    rd_kafka_queue_t *main; /* what is served for the owner */
    struct kafka_listener listener;
    struct clock clock;
    bool away;            /* told that no broker can be reached */
    bool refused;         /* told that one refuses us */
    bool idles;           /* in no group: it may have nothing to ask of a broker for long */
    uint64_t asked_ns;    /* when it was last asked whether one answers, while away */
    struct kafka_problem refusal;
    atomic_bool answered; /* a broker has, since; set by librdkafka's threads */
    void *owner;          /* the client that it is part of, for callbacks */
};

/* Makes the handle; `conf` is used up. The client must not move afterwards. Callbacks are given the
 * client as their opaque pointer. */
MUST_USE enum status kafka_client_init(struct kafka_client *client, rd_kafka_conf_t *conf,
                                       enum kafka_kind kind, const struct kafka_settings *settings,
                                       void *owner, struct kafka_problem *problem);
/* All that came from the handle must be given back before. */
void kafka_client_deinit(struct kafka_client *client);

/* Gives the listener one notice; the severity as syslog has it. */
void kafka_client_tell(struct kafka_client *client, enum kafka_event event, int severity,
                       struct span text);
/* Says so when a broker answers again; while none does, a client outside of groups asks for one
 * once a second, which takes at most 100 ms. After each serving of the main queue. */
void kafka_client_listen(struct kafka_client *client);
/* The fatal error of the handle; KAFKA_FINE when there is none. */
struct kafka_problem kafka_client_fatal(const struct kafka_client *client);

#endif
