/* contribution.h: how an alert says which events made it. */
#ifndef ENGINE_CORRELATE_CONTRIBUTION_H
#define ENGINE_CORRELATE_CONTRIBUTION_H

#include "base/arena.h"
#include "engine/correlate/operator.h"
#include "engine/decide/sources.h"

/* A JSON object in `arena`: the type, its condition and timespan, the value, how many events, and
 * the first of them by time. `rule`: a text that correlation_read_json takes. */
struct span contribution_write(struct span rule, const struct operator_firing *firing,
                               const struct sources *sources, struct arena *arena);

#endif
