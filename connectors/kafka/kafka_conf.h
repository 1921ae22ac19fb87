/* kafka_conf.h: our settings as librdkafka's; inside this folder only. */
#ifndef KAFKA_KAFKA_CONF_H
#define KAFKA_KAFKA_CONF_H

#include "base/status.h"
#include "kafka/kafka_problem.h"
#include "kafka/kafka_settings.h"

#include <librdkafka/rdkafka.h>

enum kafka_kind {
    KAFKA_PRODUCES = 1,
    KAFKA_CONSUMES = 2, /* as a member of a group */
    KAFKA_READS = 4,    /* without a group */
    KAFKA_ADMINISTERS = 8,
};

/* Our defaults for such a client with the settings' properties over them. STATUS_INVALID: one is
 * unknown, wrong, or not to be changed. The caller owns *out. */
MUST_USE enum status kafka_conf_new(const struct kafka_settings *settings, enum kafka_kind kind,
                                    struct kafka_problem *problem, rd_kafka_conf_t **out);
/* Sets one more. */
MUST_USE enum status kafka_conf_set(rd_kafka_conf_t *conf, struct span name, struct span value,
                                    struct kafka_problem *problem);

#endif
