/* group_watch.h: a member of a consumer group looks now and then whether every partition of its
 * topic has an owner: librdkafka and the broker can settle on a group that leaves one out, and
 * neither ever says so. What is amiss is told, and one member joins anew. */
#ifndef APP_GROUP_WATCH_H
#define APP_GROUP_WATCH_H

#include "app/config/config.h"
#include "app/health/app_metrics.h"
#include "app/health/health.h"
#include "base/log.h"
#include "kafka/kafka_consumer.h"

struct group_watch_options {
    struct kafka_consumer *consumer; /* must outlive the watch; used in the thread that looks */
    struct span group;               /* as metrics and /readyz call it: "decide" */
    struct span topic;
    int32_t partitions; /* as they were at the start */
    const struct config *config;
    struct log *log;
    struct metrics *metrics; /* NULL: nobody asks; so of health */
    struct health *health;
};

struct group_watch;

/* Texts are copied. */
struct group_watch *group_watch_new(const struct group_watch_options *options);
void group_watch_free(struct group_watch **watch);
/* To be called on every round of a loop: waits for nothing, and asks the broker every
 * kafka.owner_check. NULL does nothing. */
void group_watch_look(struct group_watch *watch);

#endif
