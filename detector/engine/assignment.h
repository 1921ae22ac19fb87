/* assignment.h: the stretch of time for which one member evaluates one source partition under one
 * policy set (docs/RECOVERY.md, part A): its frontier, and what is known as of the confirmed part:
 * the newest event times of shards, the ledger. Pure bookkeeping: the caller sends what it is told
 * to send and reports what became of it. One thread. */
#ifndef ENGINE_ASSIGNMENT_H
#define ENGINE_ASSIGNMENT_H

#include "engine/frontier.h"
#include "engine/held_queue.h"
#include "engine/shard_clock.h"
#include "model/signal.h"
#include "port/store.h"

struct assignment;

struct assignment_options {
    struct span topic;       /* copied */
    struct span identity;    /* of the topic's log, see assignment_start.h; copied */
    uint32_t partition;      /* below 2^20 */
    uint32_t tells;          /* partitions of the signals log: 1 or more */
    int64_t idle_after_us;   /* see shard_clock.h */
    uint32_t epoch;          /* the last one of the same partition in this process, 0 when there was
                                none: reports about it may still come, and are none of this one's */
};

/* Nobody's yet. */
struct assignment *assignment_new(const struct assignment_options *options);
/* Sets *assignment to NULL. */
void assignment_free(struct assignment **assignment);

/* Where signals say that they come from: "<topic>/<partition>#<identity>", because a position is of
 * a log, not of a name (rule 11). */
struct span assignment_source(const struct assignment *assignment);
/* Phase, positions, and what is on its way. */
const struct frontier *assignment_frontier(const struct assignment *assignment);
/* Sums of all below frontier->settled. */
struct store_ledger assignment_ledger(const struct assignment *assignment);

/* Begins at a committed position with the metadata of its commit (empty: nothing is known), under
 * a policy set. Its tick must be sent now. STATUS_INVALID: the metadata is no such text, or of
 * another log; nothing was begun. */
MUST_USE enum status assignment_begin(struct assignment *assignment, int64_t position,
                                      struct span metadata, const struct digest *revision);
/* Lets go (see frontier_end). */
void assignment_end(struct assignment *assignment);

/* One record of the stretch being evaluated, in source order. A record that could not be read, or
 * is none of ours, is counted with the others and has no times. */
enum assignment_record { ASSIGNMENT_EVALUATED, ASSIGNMENT_QUARANTINED, ASSIGNMENT_SKIPPED };
void assignment_count(struct assignment *assignment, enum assignment_record record);
/* The times of an evaluated record, for the watermark. */
void assignment_see(struct assignment *assignment, struct span shard, int64_t event_us,
                    int64_t arrival_us);
/* Ends the stretch before position `end`; so many deliveries will be reported for it. Gives what
 * they carry. Only where frontier_has_room. */
uint64_t assignment_add(struct assignment *assignment, int64_t end, uint32_t deliveries);
/* -- matches that are held back (rule 8): the position stays at or before the stretch of their
 * record, and with it the watermark that is told, until what they come to is confirmed */

/* A match of a record of the stretch being evaluated, copied. */
void assignment_hold(struct assignment *assignment, const struct held_match *match);
/* The next match to be asked again: the watermark of what was read is there, or too much is held
 * (*hurried). NULL: none. */
const struct held_match *assignment_due(struct assignment *assignment, bool *hurried);
/* It was asked; so many signals of it are deliveries of the next stretch that is added, which may
 * have no records (end = frontier->read). */
void assignment_release(struct assignment *assignment);
/* What is held: how many, and the oldest (NULL: none). */
size_t assignment_held(struct assignment *assignment, const struct held_match **oldest);

/* Gives up the stretch being evaluated. */
void assignment_drop(struct assignment *assignment);

/* What became of a delivery. */
void assignment_deliver(struct assignment *assignment, struct frontier_token token,
                        bool confirmed);
/* Starts a commit where one may be sent (frontier_may_commit): its position and metadata, the text
 * appended to *metadata. */
int64_t assignment_commit(struct assignment *assignment, struct buf *metadata);
/* Its answer; true: the tick must be sent now. */
bool assignment_acknowledge(struct assignment *assignment, uint32_t epoch, bool acknowledged);
/* A fetch begun at fetched_us found the end of the partition at position `end`; true: time went on
 * and the tick must be sent now. Time goes on for what is held back, too. */
bool assignment_idle(struct assignment *assignment, int64_t end, int64_t fetched_us);

/* The tick to be sent to each signals partition, and what those messages carry. Valid until the
 * assignment changes. */
struct signal assignment_tick(const struct assignment *assignment, int64_t detected_us);
uint64_t assignment_tick_token(const struct assignment *assignment);

#endif
