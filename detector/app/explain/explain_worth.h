/* explain_worth.h: what a match of a policy is worth, explained. */
#ifndef APP_EXPLAIN_WORTH_H
#define APP_EXPLAIN_WORTH_H

#include "app/explain/explain_run.h"

/* Sets the verdict and what it is taken from. */
void explain_decide(struct explanation *out, enum explain_verdict verdict,
                    enum explain_cause cause, struct span because);
/* Looks at the exceptions, as the engine does up to the first that exempts: true, and decided. */
bool explain_worth_exempts(struct explain_run *run, struct explanation *out);
/* Decides what a match is that nothing exempts: its groups, its severity. cause, because: why it
 * matches. */
void explain_worth_find(struct explain_run *run, struct explanation *out, enum explain_cause cause,
                        struct span because);

#endif
