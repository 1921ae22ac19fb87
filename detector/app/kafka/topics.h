/* topics.h: the topics of a distributed Deltaward, once: `topics create` makes them, and what reads
 * or writes them checks at its start that they fit. */
#ifndef APP_TOPICS_H
#define APP_TOPICS_H

#include "app/command.h"
#include "app/config/config.h"
#include "base/diag.h"
#include "kafka/kafka_admin.h"

enum topic {
    TOPIC_EVENTS,      /* changes, by item */
    TOPIC_SIGNALS,     /* what evaluate found, by policy and group key */
    TOPIC_STATE,       /* snapshots; partition by partition those of signals */
    TOPIC_ALERTS,
    TOPIC_CHECKPOINTS, /* how far each shard was carried over */
    TOPIC_QUARANTINE,  /* what cannot be read, with the reason */
    TOPIC_UNDELIVERED, /* alerts that a sink refused for good */
    TOPIC_COUNT,
};

/* "deltaward.events", with kafka.prefix; ends in NUL. */
struct span topic_name(const struct config *config, enum topic topic, struct arena *arena);
/* What `topics create` makes: names, partitions, copies, settings. */
struct kafka_topic_wanted topic_wanted(const struct config *config, enum topic topic,
                                       struct arena *arena);
/* Adds to `problems` each thing of a topic that does not fit, or that it is missing; true when all
 * fits. A topic that is not of the table must only exist. */
bool topic_fits(const struct config *config, const struct kafka_topic *found,
                struct diag_list *problems);
/* Tells them. */
void topic_complain(const struct invocation *invocation, const struct diag_list *problems);

#endif
