/* kafka_setup.h: what every command that uses Kafka begins with: clients made as the configuration
 * says, their notices in the log and in /readyz, and the topics as they are. */
#ifndef APP_KAFKA_SETUP_H
#define APP_KAFKA_SETUP_H

#include "app/command.h"
#include "app/config/config.h"
#include "app/health/health.h"
#include "kafka/kafka_settings.h"

#include <stdatomic.h>

/* In place; not to be moved while clients made from its settings live. */
struct kafka_setup {
    struct kafka_settings settings;
    const struct config *config;
    atomic_int away; /* clients that reach no broker: told once for all of them */
    struct log *log;
    struct health *health; /* NULL: nobody asks */
};

/* Settings of clients called "deltaward-<command>". A configuration without brokers, or a secret
 * that cannot be read, is COMMAND_USAGE with a message. */
MUST_USE enum command_exit kafka_setup_init(const struct invocation *invocation,
                                            const struct config *config, const char *command,
                                            struct health *health, struct kafka_setup *out);

/* "<prefix>.<name>": a topic, or a consumer group. Ends in NUL. */
struct span kafka_setup_name(const struct config *config, const char *name, struct arena *arena);

/* A topic as it was found. */
struct kafka_setup_topic {
    struct span name;
    struct span id; /* one made anew has another (rule 11) */
    int32_t partitions;
    int64_t message_bytes_max; /* max.message.bytes; 0: not told */
};
/* Describes `count` topics, whose names are given in `topics`, waiting for a broker until one
 * answers or somebody asks to stop. A topic that is missing, or whose partitions, cleanup or
 * retention do not fit (topics.h), is COMMAND_ENVIRONMENT with messages that say what to do. */
MUST_USE enum command_exit kafka_setup_topics(const struct invocation *invocation,
                                              const struct kafka_setup *setup,
                                              struct kafka_setup_topic *topics, size_t count);

#endif
