/* kafka_reader.h: reads partitions of a topic without a group: whole, then what comes after. For
 * checkpoints, state, policies, lookups. */
#ifndef KAFKA_KAFKA_READER_H
#define KAFKA_KAFKA_READER_H

#include "kafka/kafka_consumer.h"

struct kafka_reader;

/* Connects in the background; nothing is read before kafka_reader_start. STATUS_INVALID: a setting
 * is wrong, *problem says which. */
MUST_USE enum status kafka_reader_new(const struct kafka_settings *settings, struct span topic,
                                      struct kafka_problem *problem, struct kafka_reader **out);
void kafka_reader_free(struct kafka_reader **reader);

/* Reads a partition from an offset, KAFKA_OFFSET_BEGINNING or KAFKA_OFFSET_END, and notes where
 * its end is now, for which it waits at most wait_ms. STATUS_AGAIN: the broker did not answer.
 * STATUS_IO: refused, unknown, see kafka_reader_problem. */
MUST_USE enum status kafka_reader_start(struct kafka_reader *reader, int32_t partition,
                                        int64_t offset, int wait_ms);
/* Reads a partition no more. */
void kafka_reader_stop(struct kafka_reader *reader, int32_t partition);

/* As kafka_consumer_poll. */
MUST_USE enum status kafka_reader_poll(struct kafka_reader *reader, int wait_ms,
                                       struct kafka_batch **out);
/* All that was there when each started partition was started has been given. */
bool kafka_reader_caught_up(const struct kafka_reader *reader);
/* The number of partitions of the topic. STATUS_AGAIN, STATUS_IO as above. */
MUST_USE enum status kafka_reader_partitions(struct kafka_reader *reader, int wait_ms,
                                             int32_t *out);
/* As kafka_consumer_watermarks. */
MUST_USE enum status kafka_reader_watermarks(struct kafka_reader *reader, int32_t partition,
                                             int wait_ms, int64_t *low, int64_t *high);
struct kafka_problem kafka_reader_problem(const struct kafka_reader *reader);

#endif
