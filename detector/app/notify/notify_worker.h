/* notify_worker.h: one sink of `deltaward notify`: a member of the group "<prefix>.notify.<sink>",
 * its courier, and how far each partition has come. One thread. */
#ifndef APP_NOTIFY_WORKER_H
#define APP_NOTIFY_WORKER_H

#include "app/kafka/group_watch.h"
#include "app/notify/notify.h"
#include "app/notify/stretch.h"
#include "app/notify/undelivered.h"
#include "kafka/kafka_consumer.h"

enum {
    NOTIFY_PARTITIONS_MAX = 1024,
    /* Records before the committed position that a new owner reads, to know which versions were
     * sent (recovery-rules.md, rule 19). */
    NOTIFY_READ_BACK = 2000,
    /* As long as a request of the last owner may live: its sink's attempts. */
    NOTIFY_REQUEST_MS = 20 * 1000,
};

/* A partition of the topic of alerts. All offsets are of the next record. */
struct notify_part {
    bool owned;
    int64_t read;      /* to be taken up next */
    int64_t settled;   /* all before it is: what may be committed */
    int64_t committed; /* -1: nothing */
    int64_t recall;    /* what lies before it is only remembered */
    bool repeat;       /* its last owner left in haste: a request may be on the wire */
};

/* Where an alert of the stretch stands. */
struct notify_place {
    int32_t partition;
    int64_t offset;
    int64_t timestamp_us;
};

struct notify_worker {
    struct notify *notify;
    struct outlet *outlet;
    struct span group;
    struct health_loop *loop;
    struct kafka_consumer *consumer;        /* NULL between two sessions */
    struct group_watch *watch;              /* over its group */
    struct undelivered_writer *undelivered; /* NULL until something is refused */
    struct kafka_batch *batch;              /* NULL: all of it was taken up */
    size_t batch_at;
    struct stretch stretch;
    struct notify_place places[STRETCH_ALERTS_MAX];
    size_t noted;                           /* of the stretch, in `parts` */
    struct notify_part parts[NOTIFY_PARTITIONS_MAX];
    struct kafka_part commits[NOTIFY_PARTITIONS_MAX];
    /* Rule 20: resolved alerts that were sent while the last owner may still have a request on the
     * wire; sent once more when it has not. */
    struct stretch repeats;
    uint64_t repeat_ns;                     /* when; 0: not any more */
    bool repeating;                         /* `repeats` is loaded, not the stretch */
    bool rewind;                            /* partitions are to be read from `read` again */
    uint64_t polled_ns;
    uint64_t commit_due_ns;
    unsigned failures;                      /* sessions in a row that ended by a problem */
};

/* Makes the sink of an entry of `sinks`. STATUS_INVALID: *problem (in the invocation's arena) says
 * what to change; others as sink_ops.open. */
MUST_USE enum status notify_worker_new(struct notify *notify, const struct config_item *item,
                                       struct span *problem, struct notify_worker **out);
void notify_worker_free(struct notify_worker **worker);

/* Brings alerts to the sink until notify_stopping(); whatever Kafka does is waited for. */
void notify_worker_run(struct notify_worker *worker);

/* notify_group.c: the side of the consumer group. */

/* Joins the group. Problems as of kafka_consumer_new. */
MUST_USE enum status notify_group_join(struct notify_worker *worker,
                                       struct kafka_problem *problem);
/* Commits what is settled, waiting for it, and leaves. */
void notify_group_leave(struct notify_worker *worker);
/* Notes how far the stretch is settled, and what is to be repeated after a takeover. */
void notify_group_note(struct notify_worker *worker);
/* Commits what is settled, when it is time to; does not wait. */
void notify_group_commit(struct notify_worker *worker);
/* Looks whether all alerts of the topic are read by somebody. */
void notify_group_look(struct notify_worker *worker);
/* Forgets the stretch and what was read behind it: it is read again from what is settled. */
void notify_group_drop(struct notify_worker *worker);
/* Moves the partitions that are ours back to where `read` says. False: not all, try again. */
MUST_USE bool notify_group_rewind(struct notify_worker *worker);

#endif
