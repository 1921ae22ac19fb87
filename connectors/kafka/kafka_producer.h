/* kafka_producer.h: writes to Kafka: idempotent, acks=all, lz4; every message gets its report. A
 * broker that is away is waited for; messages do not expire. */
#ifndef KAFKA_KAFKA_PRODUCER_H
#define KAFKA_KAFKA_PRODUCER_H

#include "base/status.h"
#include "kafka/kafka_problem.h"
#include "kafka/kafka_record.h"
#include "kafka/kafka_settings.h"

enum { KAFKA_PARTITION_BY_KEY = -1, KAFKA_MESSAGE_HEADERS_MAX = 16 };

/* Copied by kafka_producer_send. */
struct kafka_message {
    const char *topic;
    int32_t partition; /* KAFKA_PARTITION_BY_KEY: murmur2 of the key; any when the key is empty */
    struct span key;
    struct span value;
    bool tombstone;    /* no value: deletes the key of a compacted topic */
    const struct kafka_header *headers;
    size_t header_count;
    void *token;       /* given back with the report */
};

/* What became of a message. */
struct kafka_delivery {
    void *token;
    const char *topic;
    int32_t partition;
    int64_t offset;                /* where it is in the log; -1 when it is not */
    struct kafka_problem problem;  /* KAFKA_FINE: it is durable. Else it may be there or not */
};

struct kafka_producer_owner {
    void *context;
    /* Once for each message, in kafka_producer_poll, _flush or _free. */
    void (*delivered)(void *context, const struct kafka_delivery *delivery);
};

struct kafka_producer;

/* Connects in the background. STATUS_INVALID: a setting is wrong, *problem says which. */
MUST_USE enum status kafka_producer_new(const struct kafka_settings *settings,
                                        const struct kafka_producer_owner *owner,
                                        struct kafka_problem *problem,
                                        struct kafka_producer **out);
/* Gives up what is still in flight: its reports come with KAFKA_FATAL. */
void kafka_producer_free(struct kafka_producer **producer);

/* Queues one message; any thread. STATUS_AGAIN: the queue is full, poll first. STATUS_LIMIT: larger
 * than message.max.bytes of this client. STATUS_NOT_FOUND: no such topic or partition.
 * STATUS_IO: brokers do not let us write to it. STATUS_CLOSED: a fatal error, see
 * kafka_producer_problem. No report follows unless STATUS_OK. */
MUST_USE enum status kafka_producer_send(struct kafka_producer *producer,
                                         const struct kafka_message *message);
/* Hands out reports and notices, waiting for the first at most wait_ms. One thread at a time.
 * STATUS_CLOSED after a fatal error. */
MUST_USE enum status kafka_producer_poll(struct kafka_producer *producer, int wait_ms);
/* Polls until every message has its report. STATUS_AGAIN: some have none after wait_ms. */
MUST_USE enum status kafka_producer_flush(struct kafka_producer *producer, int wait_ms);
/* Messages without a report yet; any thread. */
size_t kafka_producer_in_flight(const struct kafka_producer *producer);
/* The fatal error; KAFKA_FINE when there is none. */
struct kafka_problem kafka_producer_problem(const struct kafka_producer *producer);

#endif
