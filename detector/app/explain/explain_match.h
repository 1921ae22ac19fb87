/* explain_match.h: which keys of `match` a change fits. */
#ifndef APP_EXPLAIN_MATCH_H
#define APP_EXPLAIN_MATCH_H

#include "app/explain/explain_run.h"

/* Every key that the policy gives, in a fixed order. */
const struct explain_match *explain_match_of(const struct explain_run *run, size_t *count);

#endif
