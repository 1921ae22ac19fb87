/* explain_feed.h: what a change is to a policy whose correlation is over others' findings. */
#ifndef APP_EXPLAIN_FEED_H
#define APP_EXPLAIN_FEED_H

#include "app/explain/explain.h"

/* Explains the others, and what their findings are to out->policy; fills in *out. */
void explain_feed(struct explainer *explainer, const struct change *change, struct arena *arena,
                  struct explanation *out);

#endif
