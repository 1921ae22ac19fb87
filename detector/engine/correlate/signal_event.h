/* signal_event.h: what a signal is to the operator of its correlation. Inside this folder only. */
#ifndef ENGINE_CORRELATE_SIGNAL_EVENT_H
#define ENGINE_CORRELATE_SIGNAL_EVENT_H

#include "base/arena.h"
#include "engine/correlate/operator.h"
#include "model/signal.h"

/* By what it is read. */
struct signal_event_in {
    const struct correlation *rule;
    uint32_t source;       /* number of the signal's */
    struct arena *scratch; /* reset */
};

/* False: the signal is none that the correlation knows, or has not the value that it wants. *inner:
 * the room for what a match is to an inner correlation, which *out then points to; of the same
 * life. */
bool signal_event_read(const struct signal_event_in *in, const struct signal *signal,
                       struct operator_event *out, struct operator_inner *inner);
/* The first byte of a value that is a digest, else 0; to fetch ahead by. */
unsigned char signal_event_tag(const struct signal *signal);

#endif
