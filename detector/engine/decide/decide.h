/* decide.h: everything that remembers. A deterministic fold over the signal log: it reads neither a
 * clock nor anything that is not in the log. One partition of the log has one decider. */
#ifndef ENGINE_DECIDE_DECIDE_H
#define ENGINE_DECIDE_DECIDE_H

#include "base/arena.h"
#include "base/status.h"
#include "engine/correlate/correlate.h"
#include "model/alert.h"

enum { DECIDE_PARTITIONS = 16 };

struct alert_list {
    struct alert *items;
    size_t count;
    size_t capacity;
};

/* What is counted, over all policies. */
struct decide_counts {
    uint64_t folded;
    uint64_t below_floor; /* dropped: sent again from below a committed position */
    uint64_t duplicates;  /* dropped: the finding is remembered */
    uint64_t suppressed;  /* joined an open episode */
    uint64_t opened;
    uint64_t resolved;
    uint64_t forgotten;   /* finding ids dropped by the bound on memory */
    uint64_t closed_early; /* episodes resolved by the bound on memory */
    uint64_t refused;      /* of a source beyond the bound on sources, or of a correlation that is
                              not known */
    uint64_t kept;         /* remembered for a correlation, no finding by themselves */
    uint64_t late;         /* events of a correlation that came when their time was forgotten */
    uint64_t evicted;      /* groups and events of correlations forgotten by the bounds on memory */
};

/* Bounds of what one partition remembers. Beyond them the oldest finding ids are forgotten (with
 * DECIDE_REPEATS: of those below their floor), and the episodes that end first are resolved early;
 * both are counted. */
enum {
    DECIDE_FINDINGS_MAX = 1000000,
    DECIDE_EPISODES_MAX = 65536,
    DECIDE_EPISODE_BYTES_MAX = 64 * 1024 * 1024,
};

/* What became of a signal. */
enum decide_outcome {
    DECIDE_OPENED,     /* an episode, and an alert */
    DECIDE_JOINED,     /* counted into an open episode */
    DECIDE_DUPLICATE,  /* dropped: its finding is remembered, or it lies below the floor */
    DECIDE_TICKED,     /* it was a tick */
    DECIDE_REFUSED,    /* dropped: there are too many sources, or its correlation is not known */
    DECIDE_KEPT,       /* remembered for a correlation, whose condition does not hold by it */
    DECIDE_LATE,       /* too late for its correlation */
};

/* How signals come into the log. */
enum decide_input {
    /* Each once, in one transaction with the position of its source (embedded). Every signal moves
     * the watermark of its source. */
    DECIDE_ONCE,
    /* Again and again, from wherever an owner begins that lost its partition, is slow, or took it
     * over (Kafka). Ticks alone move the watermark, and tell the committed position of a source,
     * the floor: a signal below it is a repeat, whoever sends it (rule 3), and the ids of all
     * others are kept until the floor has passed them (rule 4). Sources are partitions of a topic,
     * "topic/partition#id": positions are of a topic's id (rule 11), and nothing is decided by the
     * time of all before each partition that ticks count was heard of. */
    DECIDE_REPEATS,
};

struct decider;
/* Remembers nothing yet. */
struct decider *decider_new(enum decide_input input);
/* Forgets all; sets *decider to NULL. */
void decider_free(struct decider **decider);

/* Has the memory fetched that a signal will want: it is the one behind the next DECIDE_AHEAD.
 * Changes nothing. */
enum { DECIDE_AHEAD = 16 };
void decider_foresee(struct decider *decider, const struct signal *signal);

/* Folds one signal of this partition, in log order. Alerts are appended to `out` (in `arena`; they
 * point into it, except the signal's texts, which must outlive `out`); their `sequence` is that of
 * the signal folded, until the batch gives them their own. First the watermark of the signal closes
 * what was opened by its source and ended by it, by end time, then by key; then the signal is
 * dropped as a repeat, joins its group's episode, or opens one. A tick does only the first, in
 * every partition; with DECIDE_REPEATS nothing but a tick does. A signal with a correlation is
 * remembered for its group; only when the condition holds by it, it is a finding. */
enum decide_outcome decider_fold(struct decider *decider, const struct signal *signal,
                                 struct arena *arena, struct alert_list *out);
/* A tick of this source with this watermark would close an episode. */
bool decider_is_due(const struct decider *decider, struct span source, int64_t watermark_us);
/* How far all sources must have come before correlations have something to do; INT64_MAX while they
 * wait for nothing. */
int64_t decider_due_us(const struct decider *decider);
/* A state of a correlation that ended because no policy in force has it any more: it was removed,
 * or edited in what it watches. */
struct decide_dropped {
    struct span policy_id; /* until `each` returns */
    struct digest state_id;
    size_t groups;
};
typedef void (*decide_dropped_fn)(void *context, const struct decide_dropped *dropped);
/* Gives those since the last call; each NULL: forgets them. */
void decider_take_dropped(struct decider *decider, decide_dropped_fn each, void *context);
/* What was counted since the last call; resets it. */
struct decide_counts decider_take_counts(struct decider *decider);
/* Open episodes now. */
size_t decider_open_count(const struct decider *decider);
/* Groups remembered for correlations now, and the bytes that they take. */
size_t decider_group_count(const struct decider *decider);
size_t decider_group_bytes(const struct decider *decider);
/* What is remembered of each policy with a correlation now. */
void decider_look(const struct decider *decider, correlate_state_fn each, void *context);
/* Finding ids remembered now. */
size_t decider_finding_count(const struct decider *decider);
/* The floor of a source, 0 until one was told. */
uint64_t decider_floor(const struct decider *decider, struct span source);

/* Appends all that the decider remembers, counts apart: the same log gives the same bytes, whether
 * folded whole or taken up from a save on the way. */
void decider_save(const struct decider *decider, struct buf *out);
/* A decider that remembers what was saved. STATUS_INVALID for bytes that decider_save cannot have
 * written, *problem says why; STATUS_UNAVAILABLE for those of a later version. Takes no more memory
 * than a small multiple of the bytes. */
MUST_USE enum status decider_load(struct span bytes, const char **problem, struct decider **out);

#endif
