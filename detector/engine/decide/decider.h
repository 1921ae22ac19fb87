/* decider.h: what a decider is made of: for those that fold, save and load it. Inside this folder
 * only. */
#ifndef ENGINE_DECIDE_DECIDER_H
#define ENGINE_DECIDE_DECIDER_H

#include "engine/correlate/correlate.h"
#include "engine/decide/decide.h"
#include "engine/decide/episodes.h"
#include "engine/decide/findings.h"
#include "engine/decide/revisions.h"
#include "engine/decide/sources.h"

struct decider {
    enum decide_input input;
    struct sources *sources;
    struct findings *findings;
    struct episodes *episodes;
    struct correlations *correlations;
    struct revisions *revisions; /* with DECIDE_REPEATS */
    struct decide_counts counts;
    struct decide_dropped *dropped; /* that nobody took yet */
    size_t dropped_count;
    size_t dropped_capacity;
};

/* decide_states.c: a list of states. */
enum decide_outcome decider_hear_states(struct decider *decider, const struct signal *signal,
                                        struct arena *arena);
/* A tick names the revision under which its source was evaluated up to the position it tells:
 * before that is raised. One that tells no more than was told closes nothing (it may be of an owner
 * before, and late); of a revision that was never listed nothing is known. */
void decider_hear_revision(struct decider *decider, uint32_t source, const struct signal *tick);

#endif
