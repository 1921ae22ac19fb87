/* notify.h: what the couriers of `deltaward notify` share: each sink has a thread and a consumer
 * group of its own, and knows nothing of the others. */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

#include "app/kafka/kafka_setup.h"
#include "app/notify/outlet.h"

#include <stdatomic.h>

/* Set up before the threads start and not changed while they run, `stopping` apart. */
struct notify {
    const struct invocation *invocation;
    const struct config *config;
    const struct kafka_settings *kafka;
    struct kafka_setup_topic alerts;
    struct kafka_setup_topic undelivered;
    struct outlet_services services;
    atomic_bool stopping;
};

static inline bool notify_stopping(const struct notify *notify)
{
    return atomic_load(&notify->stopping);
}

#endif
