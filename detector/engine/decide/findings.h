/* findings.h: the finding ids that a partition remembers, so that a repeat is not counted twice
 * (recovery-rules.md, rules 3 and 4). */
#ifndef ENGINE_DECIDE_FINDINGS_H
#define ENGINE_DECIDE_FINDINGS_H

#include "engine/decide/sources.h"
#include "model/signal.h"
#include "model/state_list.h"

/* One id as one source carried it. */
struct finding {
    struct digest state_id;
    struct digest finding;
    int64_t forgotten_us; /* watermark of its source at which it may be forgotten */
    uint64_t offset;      /* the highest in its source that carried it */
    uint64_t sequence;    /* place in the log where it came first: its age */
    uint32_t fan_index;
    uint32_t source;
};

struct findings;

/* Remembers at most count_max (1 to 2^30), beside what may not be forgotten. `sources` outlives it.
 * repeats: a source may send again what lies at or above its floor, so an id is kept while the
 * floor has not passed every offset that carried it, and each source that carries it makes an entry
 * of its own. Otherwise there are no floors, and what a first source carried is enough. */
struct findings *findings_new(const struct sources *sources, bool repeats, size_t count_max);
/* Sets *findings to NULL. */
void findings_free(struct findings **findings);

/* What findings_add says of a signal. */
enum findings_answer {
    FINDINGS_NEW,
    FINDINGS_REPEATED,
};
/* Remembers (state id, finding, fan index) until the watermark of `source` reaches the signal's
 * horizon (counted from its event time or, where that lags, from the watermark) and, with repeats,
 * the floor has passed it. Beyond count_max the oldest that may be forgotten are dropped and added
 * to *dropped. */
enum findings_answer findings_add(struct findings *findings, const struct signal *signal,
                                  uint32_t source, uint64_t *dropped);
/* Has the memory fetched that findings_add will read for a signal. Changes nothing. */
void findings_foresee(const struct findings *findings, const struct signal *signal);
/* Gives back the memory of what is forgotten, after the watermark or floor of a source moved. */
void findings_sweep(struct findings *findings, uint32_t source);

/* Forgets the ids of these states, wherever they came from: they may come again. */
void findings_drop(struct findings *findings, struct state_list states);

/* How many entries there are. */
size_t findings_count(const struct findings *findings);
/* The entries of a source in the order in which they came: the first (previous NULL), the next;
 * NULL after the last. */
const struct finding *findings_next(const struct findings *findings, uint32_t source,
                                    const struct finding *previous);
/* Puts an entry back, in the same order. False when its source has that id already. */
bool findings_restore(struct findings *findings, const struct finding *finding);

#endif
