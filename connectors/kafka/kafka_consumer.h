/* kafka_consumer.h: a member of a consumer group that reads one topic (cooperative-sticky). It
 * commits only what it is told to, through the group's generation check, and never moves a position
 * on its own: a position that is not in the log any more is a problem (rule 16). */
#ifndef KAFKA_KAFKA_CONSUMER_H
#define KAFKA_KAFKA_CONSUMER_H

#include "base/status.h"
#include "kafka/kafka_problem.h"
#include "kafka/kafka_record.h"
#include "kafka/kafka_settings.h"

enum {
    KAFKA_OFFSET_BEGINNING = -2,
    KAFKA_OFFSET_END = -1,
    KAFKA_OFFSET_NONE = -1001, /* of a committed position: there is none */
    KAFKA_METADATA_BYTES_MAX = 4096,
};

/* One partition of the topic. */
struct kafka_part {
    int32_t partition;
    int64_t offset;       /* the committed position; or the one to commit */
    struct span metadata; /* the text that was committed with it; or is to be */
    int64_t start;        /* in `assigned`: where to read from. It comes as the committed position,
                             as KAFKA_OFFSET_BEGINNING when there is none; set it to change it */
};

/* Runs inside kafka_consumer_poll and kafka_consumer_free, in their thread. All optional. */
struct kafka_consumer_owner {
    void *context;
    /* These partitions are ours now, beside those that were. */
    void (*assigned)(void *context, struct kafka_part *parts, size_t count);
    /* These are not any more. Not lost: what is committed before it returns still counts.
     * Lost: others may own them already, and every commit is refused. Records of these partitions
     * that were given before may be dropped. */
    void (*revoked)(void *context, const struct kafka_part *parts, size_t count, bool lost);
    /* What became of kafka_consumer_commit. KAFKA_NOT_MEMBER and _FENCED: none of it counts. */
    void (*committed)(void *context, const struct kafka_part *parts, size_t count,
                      const struct kafka_problem *problem);
    /* Whether the process is to end: then an assignment waits for no broker any more, and nothing
     * comes of it. */
    bool (*stopping)(void *context);
};

struct kafka_consumer_options {
    struct span topic;
    struct span group;    /* "deltaward.evaluate" */
    struct span instance; /* group.instance.id: a restart within the session timeout keeps its
                             partitions; empty: a member without memory */
    struct kafka_consumer_owner owner;
};

struct kafka_consumer;

/* Joins in the background. STATUS_INVALID: a setting is wrong, *problem says which. */
MUST_USE enum status kafka_consumer_new(const struct kafka_settings *settings,
                                        const struct kafka_consumer_options *options,
                                        struct kafka_problem *problem,
                                        struct kafka_consumer **out);
/* Leaves the group, waiting for it at most 10 s: `revoked` runs for what is still ours. A static
 * member leaves without a word and may come back. */
void kafka_consumer_free(struct kafka_consumer **consumer);

/* The next records and ends, at most KAFKA_BATCH_RECORDS_MAX. STATUS_AGAIN: none within wait_ms.
 * STATUS_IO: a partition cannot be read on, see kafka_consumer_problem: unknown topic, refused; or
 * cut log, wrong checksum: then nothing more comes of it until it is sought or assigned anew.
 * STATUS_CLOSED: the client is of no use any more (fenced a fourth time, each within five minutes;
 * before that it joins anew by itself: what it held is lost, and `committed` has run).
 * To be called at least every five minutes (max.poll.interval.ms), else the group goes on without
 * us. One thread, which all functions of this header share. */
MUST_USE enum status kafka_consumer_poll(struct kafka_consumer *consumer, int wait_ms,
                                         struct kafka_batch **out);
struct kafka_problem kafka_consumer_problem(const struct kafka_consumer *consumer);

/* Sends one commit; `committed` tells what became of it. STATUS_AGAIN: one is in flight (rule 1).
 * STATUS_CONFLICT: a partition among them is not ours. STATUS_LIMIT: metadata too long. */
MUST_USE enum status kafka_consumer_commit(struct kafka_consumer *consumer,
                                           const struct kafka_part *parts, size_t count);
/* Waits until no commit is in flight: `committed` has run. STATUS_AGAIN: one is, after wait_ms. */
MUST_USE enum status kafka_consumer_settle(struct kafka_consumer *consumer, int wait_ms);
/* Commits and waits; settles first. *problem says what became of it; `committed` does not run for
 * it. STATUS_OK only when it counts; STATUS_AGAIN when no answer came within wait_ms. */
MUST_USE enum status kafka_consumer_commit_wait(struct kafka_consumer *consumer,
                                                const struct kafka_part *parts, size_t count,
                                                int wait_ms, struct kafka_problem *problem);
/* Reads a partition of ours again from an offset; records fetched meanwhile are dropped. */
MUST_USE enum status kafka_consumer_seek(struct kafka_consumer *consumer, int32_t partition,
                                         int64_t offset);
/* The first offset of a partition and the one behind its last, asked of the broker. STATUS_AGAIN:
 * no answer within wait_ms. */
MUST_USE enum status kafka_consumer_watermarks(struct kafka_consumer *consumer, int32_t partition,
                                               int wait_ms, int64_t *low, int64_t *high);
/* The same as the last fetch told them, without asking; false: not known yet. */
bool kafka_consumer_known_watermarks(const struct kafka_consumer *consumer, int32_t partition,
                                     int64_t *low, int64_t *high);

#endif
