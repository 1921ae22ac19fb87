/* detect.h: what the two stages of `deltaward detect` share: each runs in a thread of its own, as a
 * member of its own consumer group, and knows nothing of the other but the topics between them. */
#ifndef APP_DETECT_H
#define APP_DETECT_H

#include "app/health/health_service.h"
#include "app/kafka/kafka_setup.h"

#include <stdatomic.h>

enum detect_topic_number {
    DETECT_EVENTS,     /* read by evaluate */
    DETECT_SIGNALS,    /* written by evaluate, read by decide */
    DETECT_ALERTS,     /* written by decide */
    DETECT_STATE,      /* snapshots: as many partitions as signals */
    DETECT_QUARANTINE, /* records that cannot be read */
    DETECT_TOPIC_COUNT,
};

/* The stages that this process runs: bits. */
enum detect_work { DETECT_EVALUATE = 1, DETECT_DECIDE = 2 };

/* Set up before the stages start and not changed while they run, `stopping` apart. What it points
 * to outlives them; log, health and metrics may be used by any thread. */
struct detect {
    const struct invocation *invocation;
    const struct config *config;
    unsigned work;
    const struct kafka_settings *kafka;
    struct kafka_setup_topic topics[DETECT_TOPIC_COUNT]; /* as found at the start */
    struct span instance; /* static name in the groups; empty: none */
    struct log *log;
    const struct health_service *service;
    struct health *health;
    struct metrics *metrics;
    atomic_bool stopping;
};

/* Both stages are to finish what they hold and return, within 25 s. */
static inline bool detect_stopping(const struct detect *detect)
{
    return atomic_load(&detect->stopping);
}

/* A stage: opens what it needs, works until detect_stopping() or until it cannot go on, closes
 * everything. COMMAND_ENVIRONMENT ends the process: the next start resumes. What is wrong was told
 * in the log. */
typedef enum command_exit (*detect_stage)(struct detect *detect);

enum command_exit evaluate_loop_run(struct detect *detect);
enum command_exit decide_loop_run(struct detect *detect);

#endif
