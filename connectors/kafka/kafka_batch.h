/* kafka_batch.h: how batches are made of librdkafka's messages; inside this folder only. */
#ifndef KAFKA_KAFKA_BATCH_H
#define KAFKA_KAFKA_BATCH_H

#include "kafka/kafka_record.h"

#include <librdkafka/rdkafka.h>

/* Takes the messages, none of which is an error; they are given back with the batch. */
struct kafka_batch *kafka_batch_take(rd_kafka_message_t *const *messages, size_t count,
                                     const struct kafka_end *ends, size_t end_count);

#endif
