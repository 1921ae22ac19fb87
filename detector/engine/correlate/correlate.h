/* correlate.h: what a partition remembers of policies with a correlation: a memory for each policy
 * and group, bounded in bytes for each policy. */
#ifndef ENGINE_CORRELATE_CORRELATE_H
#define ENGINE_CORRELATE_CORRELATE_H

#include "base/arena.h"
#include "engine/correlate/operator.h"
#include "model/signal.h"
#include "model/state_list.h"

/* Of one policy in one partition; beyond it the groups whose last event came first are forgotten.
 * No setting: what is forgotten must follow from the log alone. */
enum { CORRELATE_BYTES_MAX = 128 * 1024 * 1024 };
/* Policies with a correlation, and versions of them, remembered at once. */
enum { CORRELATE_POLICIES_MAX = 4096 };

struct correlations;

/* Nothing remembered. bytes_max: CORRELATE_BYTES_MAX, or less in tests. */
struct correlations *correlations_new(size_t bytes_max);
/* Sets *correlations to NULL. */
void correlations_free(struct correlations **correlations);

/* Has the memory fetched that a signal with a correlation will want: it is the one behind the next
 * CORRELATE_AHEAD. Changes nothing. */
enum { CORRELATE_AHEAD = 16 };
void correlations_foresee(struct correlations *correlations, const struct signal *signal);

enum correlate_answer {
    CORRELATE_KEPT,    /* it is remembered */
    CORRELATE_FIRED,   /* and made a finding: *out says of what */
    CORRELATE_LATE,    /* it came when its time was forgotten already, or what an inner correlation
                          found by it did */
    CORRELATE_UNKNOWN, /* its correlation is none that this version knows, or there are too many
                          policies */
};
/* Takes in a signal with a correlation. `watermark_us` is the lowest of all sources; *evicted is
 * raised by the groups and events that had to be forgotten. *out points into the memory until the
 * next call. */
enum correlate_answer correlations_apply(struct correlations *correlations,
                                         const struct signal *signal, uint32_t source,
                                         int64_t watermark_us, uint64_t *evicted,
                                         struct operator_firing *out);
/* What holds by the watermark: the signal that its alert shows, named and dated anew, and why. */
struct correlate_finding {
    struct signal signal;
    struct operator_firing firing;
};
/* The lowest watermark of all sources has come so far: true with the next finding by it, oldest
 * first, until there is none. Texts live in `arena`, events until the next call. */
bool correlations_next(struct correlations *correlations, int64_t watermark_us,
                       struct arena *arena, struct correlate_finding *out);
/* The watermark at which something is to be done next; INT64_MAX when nothing is remembered. */
int64_t correlations_due_us(const struct correlations *correlations);
/* Groups remembered, and bytes that they take. */
size_t correlations_count(const struct correlations *correlations);
size_t correlations_bytes(const struct correlations *correlations);

/* What is remembered of one policy's state. */
struct correlate_state {
    struct span policy_id;
    struct digest state_id;
    struct span rule; /* as its signals carry it */
    size_t groups;
    size_t learning;  /* of them: not known for long enough to fire */
    size_t bytes;
};
typedef void (*correlate_state_fn)(void *context, const struct correlate_state *state);
/* Gives each state, as of a watermark. */
void correlations_look(const struct correlations *correlations, int64_t watermark_us,
                       correlate_state_fn each, void *context);

/* Forgets the states that are not listed, and gives each before it goes. */
void correlations_keep(struct correlations *correlations, struct state_list states,
                       correlate_state_fn dropped, void *context);

/* Appends all that is remembered, in an order that follows from the log alone. */
void correlations_save(const struct correlations *correlations, struct buf *out);
/* Takes up what was saved; into an empty one. source_count: events name lower numbers. Before
 * version 3 (from->version) without the ids of policies. */
void correlations_load(struct correlations *correlations, uint32_t source_count,
                       struct unpacker *from);

#endif
