/* kafka_admin.h: what topics there are, and how they are set up. */
#ifndef KAFKA_KAFKA_ADMIN_H
#define KAFKA_KAFKA_ADMIN_H

#include "base/arena.h"
#include "base/status.h"
#include "kafka/kafka_problem.h"
#include "kafka/kafka_settings.h"

enum { KAFKA_TOPICS_MAX = 64 };

/* A topic as it is. Texts live in the arena that was given. */
struct kafka_topic {
    struct span name;
    bool exists;
    struct span id; /* a topic deleted and made anew has another (rule 11) */
    int32_t partitions;
    int32_t replication;
    struct kafka_property *configs; /* what the topic is set to, broker's defaults included */
    size_t config_count;
};

/* A topic as it is to be made. */
struct kafka_topic_wanted {
    const char *name;
    int32_t partitions;
    int32_t replication; /* -1: the broker's default */
    const struct kafka_property *configs;
    size_t config_count;
};

struct kafka_admin;

/* Connects when it is first asked. STATUS_INVALID: a setting is wrong, *problem says which. */
MUST_USE enum status kafka_admin_new(const struct kafka_settings *settings,
                                     struct kafka_problem *problem, struct kafka_admin **out);
/* Sets *admin to NULL. */
void kafka_admin_free(struct kafka_admin **admin);

/* Describes topics; one that is missing is told by `exists`. STATUS_AGAIN: no broker answered
 * within wait_ms; STATUS_IO: refused. *problem says more. */
MUST_USE enum status kafka_admin_describe(struct kafka_admin *admin, const struct span *names,
                                          size_t count, int wait_ms, struct arena *arena,
                                          struct kafka_topic *topics,
                                          struct kafka_problem *problem);
/* Makes one topic; names and values of its settings end in NUL. A broker may take a moment longer
 * to know it. STATUS_CONFLICT: it exists already. Others as above. */
MUST_USE enum status kafka_admin_create(struct kafka_admin *admin,
                                        const struct kafka_topic_wanted *wanted, int wait_ms,
                                        struct kafka_problem *problem);
/* A setting of a described topic; empty when it has none of that name. */
struct span kafka_topic_config(const struct kafka_topic *topic, const char *name);

#endif
