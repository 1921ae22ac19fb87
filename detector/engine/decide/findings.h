/* findings.h: the finding ids that a partition remembers, so that a repeat is not counted twice. */
#ifndef ENGINE_DECIDE_FINDINGS_H
#define ENGINE_DECIDE_FINDINGS_H

#include "model/signal.h"

struct findings;

/* Remembers at most count_max, which lies between 1 and 2^31 - 1. */
struct findings *findings_new(size_t count_max);
/* Sets *findings to NULL. */
void findings_free(struct findings **findings);

/* What findings_add says of a signal. */
enum findings_answer {
    FINDINGS_NEW,
    FINDINGS_REPEATED,
};
/* Remembers (state id, finding, fan index) until the watermark of `source` (a number of the
 * decider's) reaches the signal's horizon: counted from its event time or, where that lags, from
 * its watermark. Beyond count_max the oldest are dropped and added to *dropped. */
enum findings_answer findings_add(struct findings *findings, const struct signal *signal,
                                  uint32_t source, uint64_t *dropped);
/* The watermark of a source; never moves back. */
void findings_advance(struct findings *findings, uint32_t source, int64_t watermark_us);

#endif
