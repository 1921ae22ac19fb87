/* Logs and alerts as text, for tests of what decides.
 *
 * A log has one signal a line:
 *   TIME GROUP FINDING [options]   a match at TIME seconds; FINDING is a number
 *   tick TIME [options]            the watermark is TIME
 *   states N... [options]          the states in force, each one digit
 * options: idle, of=N partitions (of a tick), r=N revision (of ticks and states), pairs (two within
 * 60 s make a finding), bucket (so do two of a minute that is over), w=N watermark (default: the
 * newest time of its source so far), s=NAME source, o=N offset (of a tick: the floor), fan=N,
 * state=N, each (no episode), summary, horizon=N.
 * Alerts are written as
 *   STATUS GROUP COUNT FIRST..LAST vSEQUENCE.ORDINAL */
#ifndef DECIDE_TEXT_H
#define DECIDE_TEXT_H

#include "base/buf.h"
#include "engine/decide/decide.h"

enum { SECOND = 1000000, EPISODE_S = 900 };

struct decide_text {
    struct decider *decider;
    struct arena *arena;
    struct alert_list alerts;
    uint64_t sequence;
    long newest[26]; /* by the first letter of a source's name */
};

/* With a decider that remembers nothing. */
struct decide_text decide_text_new(enum decide_input input);
/* Frees all that it holds. */
void decide_text_free(struct decide_text *text);
/* Folds the lines of a log. */
void decide_text_fold(struct decide_text *text, const char *log);
/* Appends alerts as lines. */
void decide_text_write(const struct alert_list *alerts, struct buf *out);
/* Folds a log from the start and compares all alerts; `name` is told when they differ. */
void decide_text_check(const char *name, enum decide_input input, const char *log,
                       const char *alerts);

#endif
