/* decider.h: what a decider is made of: for those that fold, save and load it. Inside this folder
 * only. */
#ifndef ENGINE_DECIDE_DECIDER_H
#define ENGINE_DECIDE_DECIDER_H

#include "engine/correlate/correlate.h"
#include "engine/decide/decide.h"
#include "engine/decide/episodes.h"
#include "engine/decide/findings.h"
#include "engine/decide/sources.h"

struct decider {
    enum decide_input input;
    struct sources *sources;
    struct findings *findings;
    struct episodes *episodes;
    struct correlations *correlations;
    struct decide_counts counts;
};

#endif
