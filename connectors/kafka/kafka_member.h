/* kafka_member.h: what a group member knows, shared by the files that make it; inside this folder
 * only. */
#ifndef KAFKA_KAFKA_MEMBER_H
#define KAFKA_KAFKA_MEMBER_H

#include "kafka/kafka_client.h"
#include "kafka/kafka_consumer.h"

/* One partition of the topic, by its number. */
struct kafka_held {
    bool held;    /* ours */
    bool stopped; /* there is a gap: what comes behind it is not given */
    bool at_end;  /* its end was found, and no record came since */
    int64_t next; /* the offset behind the last record given, or the end found */
};

struct kafka_consumer {
    struct kafka_client client;
    struct kafka_consumer_owner owner;
    rd_kafka_conf_t *conf; /* what a client is made from, the first and those after it */
    char *topic;
    char *group;
    struct kafka_held *held;
    size_t held_count;
    bool leaving;       /* the group is being left: what it still gives is not taken */
    unsigned renewals;  /* of the client, each soon after the one before */
    uint64_t renewed_ns; /* monotonic: the last of them */
    rd_kafka_topic_partition_list_t *awaited; /* given, but not where to start; NULL: nothing */
    bool lost;          /* `revoked` runs for partitions that others may own */
    bool changed;       /* something was told to the owner in this poll */
    struct kafka_problem problem;
    bool has_problem;   /* not told yet */

    rd_kafka_message_t *messages[KAFKA_BATCH_RECORDS_MAX]; /* of the batch being gathered */
    size_t message_count;
    rd_kafka_message_t *incoming[KAFKA_BATCH_RECORDS_MAX]; /* of one call */

    rd_kafka_queue_t *commits; /* answers to commits */
    bool committing;
    rd_kafka_queue_t *waited;  /* answers to commits that are, or were, waited for */
    size_t waited_count;       /* of them that are still to come */
    uintptr_t waited_last;     /* number of the last one */

    rd_kafka_queue_t *descriptions; /* of the group */
    bool describing;           /* one was asked for */
    int32_t *brokers;          /* that are asked for one; the one at `broker_at` is next */
    size_t broker_count;       /* 0: to be asked for first */
    size_t broker_at;
    uint64_t rejoin_ns;        /* monotonic: the group is being left, to be joined again, at the
                                  latest then; 0: it is not */

    rd_kafka_queue_t *answers; /* of brokers about the ends of partitions */
    bool asking;
    int64_t asked_us;          /* wall clock of the question under way */
    uint64_t ask_next_ns;      /* monotonic: when to ask again */
    struct kafka_end *ends;    /* found, not given yet */
    size_t end_count;
};

/* ---- kafka_member.c: below all others */

/* The partition's place; the table grows to hold it. */
struct kafka_held *kafka_member_held(struct kafka_consumer *consumer, int32_t partition);
bool kafka_member_holds(const struct kafka_consumer *consumer, int32_t partition);
/* Keeps the problem for the next poll to tell. */
void kafka_member_fail(struct kafka_consumer *consumer, struct kafka_problem problem);

/* Asks for the partitions of the topic. */
MUST_USE enum status kafka_member_subscribe(struct kafka_consumer *consumer,
                                            struct kafka_problem *problem);

/* ---- what kafka_consumer.c calls on its rounds */

/* kafka_group.c: joins anew once the group is left. */
void kafka_group_serve(struct kafka_consumer *consumer);

/* kafka_assignment.c: librdkafka's callback. */
void kafka_assignment_changed(rd_kafka_t *handle, rd_kafka_resp_err_t kind,
                              rd_kafka_topic_partition_list_t *list, void *opaque);

/* Asks where the partitions that were given last are to be started, and hands them to the owner. */
void kafka_assignment_serve(struct kafka_consumer *consumer);
/* Hands them to nobody. */
void kafka_assignment_forget(struct kafka_consumer *consumer);
/* Tells the owner that all it holds is lost. */
void kafka_assignment_lose(struct kafka_consumer *consumer);

/* kafka_commit.c: hands the answer of a commit to the owner, if there is one within wait_ms. */
void kafka_commit_serve(struct kafka_consumer *consumer, int wait_ms);
/* The commit under way, if there is one, does not count: the owner hears why. */
void kafka_commit_fail(struct kafka_consumer *consumer, const struct kafka_problem *problem);
/* Whether librdkafka has a commit of ours under way, also one that nobody waits for any more. */
bool kafka_commit_is_outstanding(const struct kafka_consumer *consumer);

/* kafka_ends.c: asks brokers for the ends of partitions that seem to be at theirs, and keeps those
 * that are. */
void kafka_ends_serve(struct kafka_consumer *consumer);

#endif
