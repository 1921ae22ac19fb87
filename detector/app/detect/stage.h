/* stage.h: what both stages of `deltaward detect` do in the same way as clients of Kafka: messages
 * into a queue that may be full, commits, beginnings anew, and what is told of them. */
#ifndef APP_DETECT_STAGE_H
#define APP_DETECT_STAGE_H

#include "app/detect/detect.h"
#include "app/kafka/group_watch.h"
#include "kafka/kafka_consumer.h"
#include "kafka/kafka_producer.h"

/* In place; set up by the stage, used by its thread alone. */
struct stage {
    struct detect *detect;
    struct span name; /* "evaluate", "decide" */
    struct health_loop *beat;
    struct kafka_producer *producer;
    struct kafka_producer_owner reports; /* hears of every message, refused ones too */
    struct kafka_consumer *consumer;
    struct group_watch *watch; /* over the consumer's group */
    bool broken;      /* a client is of no use any more: the process ends, the next start resumes */
};

/* Opens the producer and the member of the group "<prefix>.<name>" that reads a topic. `detect`,
 * `name`, `beat` and `reports` are set. */
enum command_exit stage_open(struct stage *stage, enum detect_topic_number topic,
                             struct kafka_consumer_owner owner);
/* Leaves the group and closes both. */
void stage_close(struct stage *stage);
/* Tells that a client is of no use; the stage is broken. How the process is to end. */
enum command_exit stage_client_failed(struct stage *stage, const struct kafka_problem *problem);

/* Hears what became of messages, waiting at most wait_ms for the first. False: broken. */
bool stage_poll(struct stage *stage, int wait_ms);
/* Queues a message; a full queue is waited for. What is refused on the spot is reported as one that
 * was not delivered. False: broken; so is a stage that is to stop and finds the queue full for too
 * long, since what is not confirmed is done again. */
bool stage_send(struct stage *stage, const struct kafka_message *message);
/* Tells of a message that was not delivered. */
void stage_tell_undelivered(struct stage *stage, const struct kafka_delivery *delivery);

/* Counts a change of what is ours: so many partitions now. */
void stage_count_rebalance(struct stage *stage, size_t assigned);
/* Counts the answer to a commit and tells of one that failed. True: it is acknowledged. */
bool stage_is_acknowledged(struct stage *stage, const struct kafka_problem *problem);
/* Commits and waits at most wait_ms: KAFKA_FINE only when it counts. */
struct kafka_problem stage_commit_wait(struct stage *stage, const struct kafka_part *parts,
                                       size_t count, int wait_ms);
/* When a partition that failed may begin anew (monotonic): half a second from now, each time twice
 * as long, at most half a minute. */
uint64_t stage_retry_ns(unsigned *failures);

#endif
