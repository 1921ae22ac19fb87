/* decide_loop.h: what the parts of the decide stage share; private to the files decide_*.c. One
 * thread uses all of it. */
#ifndef APP_DECIDE_LOOP_H
#define APP_DECIDE_LOOP_H

#include "app/detect/stage.h"
#include "app/health/group_counts.h"
#include "engine/decide/decide_part.h"
#include "kafka/kafka_admin.h"
#include "kafka/kafka_reader.h"

/* A partition of the signals topic, as this member knows it. */
struct decide_seat {
    int32_t number;
    struct decide_part *part; /* NULL: not ours */
    uint32_t epoch;           /* of the owner that sends: reports of others are passed over */
    uint64_t replay_until;    /* the end of the log when it was taken */
    bool failed;              /* a delivery was given up: begun again from a snapshot */
    unsigned failures;        /* since one snapshot became durable */
    uint64_t retry_ns;        /* not begun again before (monotonic) */
    uint64_t snapshot_ns;     /* when the next snapshot is due (monotonic) */
    uint64_t began_ns;        /* when the one that is written began */
    uint64_t told_offset;     /* of the last snapshot that the metrics know */
    bool groups_told;         /* its groups are among the metrics */
};

struct decide_loop {
    struct detect *detect;
    struct arena *arena;    /* as long as the loop */
    struct arena *scratch;  /* some records, their alerts */
    struct stage client; /* of Kafka */
    struct kafka_reader *state;
    struct kafka_admin *admin;
    struct decide_seat *seats; /* by number */
    size_t seat_count;
    struct kafka_part *commits; /* room for one of each */
    bool committing;        /* a commit is in flight */
    uint64_t commit_ns;     /* when the next commit is due (monotonic) */
    uint64_t look_ns;       /* when decide_look is due (monotonic) */
    uint64_t looks;
    struct group_counts *groups; /* by number of the seat */
    struct buf text;        /* one message */
};

/* decide_send.c: what goes to Kafka. A full queue is waited for. False: a client broke. */
bool decide_send_alert(struct decide_loop *loop, struct decide_seat *seat,
                       const struct alert *alert, size_t slot);
bool decide_send_quarantine(struct decide_loop *loop, struct decide_seat *seat,
                            const struct kafka_record *record, const char *reason, size_t slot);
/* The records of a snapshot that can be sent now. */
bool decide_send_state(struct decide_loop *loop, struct decide_seat *seat);
/* The owner of the producer. */
void decide_send_delivered(void *context, const struct kafka_delivery *delivery);

/* decide_fold.c: the records of a batch. False: a client broke. */
bool decide_fold_batch(struct decide_loop *loop, const struct kafka_batch *batch);

/* decide_recover.c: takes a partition from the newest snapshot. False: it is not to be had, and the
 * loop is broken, or somebody asked to stop. */
bool decide_recover(struct decide_loop *loop, struct decide_seat *seat,
                    const struct kafka_part *found);
/* Lets go of a partition. */
void decide_recover_drop(struct decide_seat *seat);

/* decide_group.c: partitions that come and go, commits. */
struct kafka_consumer_owner decide_group_owner(struct decide_loop *loop);
/* Sends a commit of all output positions that moved. */
void decide_group_commit(struct decide_loop *loop);
/* Begins partitions that failed anew. */
void decide_group_mend(struct decide_loop *loop);
/* Waits until all of these is durable: alerts, positions, a last snapshot. At most wait_ms. */
void decide_group_drain(struct decide_loop *loop, const struct kafka_part *parts, size_t count,
                        int wait_ms);

/* decide_look.c: what is looked at now and then: the topic's id, metrics, readiness. */
void decide_look(struct decide_loop *loop);
/* Counts the groups of a partition that is ours: each is looked at, as for a snapshot. */
void decide_look_at_groups(struct decide_loop *loop, struct decide_seat *seat);

#endif
