/* decide_part.h: one partition of the signals log while one owner decides it (docs/RECOVERY.md,
 * part B): where its replay starts, what of its output is muted, how far its output is durable,
 * when a snapshot may be written. Pure bookkeeping around a decider: the caller reads the log,
 * sends what it is given, and reports. One thread. */
#ifndef ENGINE_DECIDE_DECIDE_PART_H
#define ENGINE_DECIDE_DECIDE_PART_H

#include "engine/decide/awaited.h"
#include "engine/decide/decide.h"
#include "engine/decide/snapshot_writer.h"

struct decide_part;

/* What a new owner finds. */
struct decide_found {
    uint64_t low;             /* the log's first offset */
    uint64_t high;            /* behind its last */
    bool has_committed;
    uint64_t committed;       /* output position: all alerts below it are durable */
    struct span committed_id; /* the topic id that was committed with it */
};

/* Why a partition cannot be decided, for a person. In place. */
struct decide_problem {
    struct buf text;
    const char *hint;
};

/* Takes the shelf (all that the state topic holds of the partition) and starts from the whole
 * snapshot with the highest place in the log; without any at the log's beginning.
 * STATUS_CONFLICT: the log is another one than it was, or has another number of partitions (rule
 * 11). STATUS_END: it no longer reaches back to a snapshot, or no longer as far as one (rule 16).
 * STATUS_UNAVAILABLE: only a later version can read the snapshots. *problem says more. */
MUST_USE enum status decide_part_open(const struct snapshot_writer_options *options,
                                      struct snapshot_shelf *shelf,
                                      const struct decide_found *found,
                                      struct decide_problem *problem, struct decide_part **out);
/* Lets go; sets *part to NULL. */
void decide_part_free(struct decide_part **part);

/* The next offset of the log to be folded. */
uint64_t decide_part_next(const struct decide_part *part);
/* Where this owner started. */
uint64_t decide_part_start(const struct decide_part *part);
/* What is folded now was output by an earlier owner, and is muted (rule 14). */
bool decide_part_is_muted(const struct decide_part *part);
const struct decider *decide_part_decider(const struct decide_part *part);
/* As decider_take_dropped. */
void decide_part_take_dropped(struct decide_part *part, decide_dropped_fn each, void *context);
/* What was counted since the last call; what was muted is not. */
struct decide_counts decide_part_take_counts(struct decide_part *part);

/* More may be folded: less than AWAITED_MAX places have output on its way. */
bool decide_part_has_room(const struct decide_part *part);
/* As decider_foresee. */
void decide_part_foresee(struct decide_part *part, const struct signal *signal);
/* Folds the record at an offset, which is not below the next one. The alerts that must be sent are
 * appended to *out as decider_fold does it: none of muted records. Their number is to be given to
 * decide_part_await. */
enum decide_outcome decide_part_fold(struct decide_part *part, uint64_t offset,
                                     const struct signal *signal, struct arena *arena,
                                     struct alert_list *out);
/* Passes over a record that cannot be read, as decide_part_fold. */
void decide_part_skip(struct decide_part *part, uint64_t offset);
/* So many messages (1 or more) are on their way for the record at this offset, the newest folded.
 * Gives what their reports name: a number below AWAITED_MAX. */
size_t decide_part_await(struct decide_part *part, uint64_t offset, uint32_t messages);
/* One of them is durable. One that is not ends the owner. */
void decide_part_confirm(struct decide_part *part, size_t slot);

/* The output position: the alerts of all below it are durable. */
uint64_t decide_part_output(const struct decide_part *part);
/* It moved since it was last committed. */
bool decide_part_may_commit(const struct decide_part *part);
/* A commit of that position was acknowledged. */
void decide_part_committed(struct decide_part *part, uint64_t position);

/* The log went on since the last snapshot, and none is being written. */
bool decide_part_may_snapshot(const struct decide_part *part);
/* Begins one of all that is folded. */
void decide_part_snapshot(struct decide_part *part);
/* Records of the state topic, as snapshot_writer.h gives them. */
bool decide_part_next_record(struct decide_part *part, int64_t now_us,
                             struct snapshot_record *out);
struct snapshot_writer *decide_part_writer(struct decide_part *part);

#endif
