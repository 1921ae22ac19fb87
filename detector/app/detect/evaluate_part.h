/* evaluate_part.h: one partition of the events topic, as this member knows it: what it is assigned
 * for, what the group has of it, and which of the records that were polled still count. */
#ifndef APP_EVALUATE_PART_H
#define APP_EVALUATE_PART_H

#include "engine/assignment.h"
#include "engine/assignment_start.h"
#include "kafka/kafka_consumer.h"

struct evaluate_part {
    int32_t number;
    struct assignment *assignment; /* NULL: not ours */
    int64_t committed;             /* what the group has: position and metadata */
    struct buf metadata;
    struct buf committing;         /* metadata of the commit in flight */
    uint32_t committing_epoch;
    uint32_t epoch;                /* of the assignment that was dropped last */
    int64_t origin;    /* where reading began: an offset, or KAFKA_OFFSET_BEGINNING */
    bool advanced;     /* something was committed since: the origin does not count any more */
    int64_t polled;    /* behind the newest record that was polled */
    int64_t taken;     /* behind the newest record that was evaluated */
    uint64_t since;    /* what was polled in earlier turns is of an assignment that ended */
    bool seek_due;     /* the consumer stands elsewhere: nothing it gives counts, before it is moved
                          to seek_to */
    int64_t seek_to;
    bool tick_due;
    unsigned failures; /* assignments that failed since one committed */
    uint64_t retry_ns; /* not begun again before (monotonic) */
    struct store_ledger counted;    /* told to the metrics */
    struct store_ledger to_count;   /* of the commit in flight */
};

/* Takes a partition of another set of options, not owned before; its start must be told. `turn`:
 * the first whose records count. */
void evaluate_part_take(struct evaluate_part *part, const struct assignment_options *options,
                        const struct assignment_start *start, const struct digest *revision,
                        uint64_t turn);
/* Lets go of it. */
void evaluate_part_drop(struct evaluate_part *part);
/* Ends the assignment and begins the next at the committed position, perhaps under another policy
 * set (rule 9). Gives where to read from. */
int64_t evaluate_part_again(struct evaluate_part *part, const struct digest *revision);

/* The position and metadata of a commit, which views the part. Only when frontier_may_commit. */
struct kafka_part evaluate_part_commit(struct evaluate_part *part);
/* Its answer. True: it counts. */
bool evaluate_part_committed(struct evaluate_part *part, bool acknowledged);

static inline const struct frontier *evaluate_part_frontier(const struct evaluate_part *part)
{
    return assignment_frontier(part->assignment);
}
static inline bool evaluate_part_is(const struct evaluate_part *part, enum frontier_phase phase)
{
    return part->assignment && evaluate_part_frontier(part)->phase == phase;
}
/* Nothing of it is on its way; what is held back is evaluated again by whoever goes on. */
static inline bool evaluate_part_is_done(const struct evaluate_part *part)
{
    return !evaluate_part_is(part, FRONTIER_RUNNING) ||
           frontier_is_drained(evaluate_part_frontier(part));
}

#endif
