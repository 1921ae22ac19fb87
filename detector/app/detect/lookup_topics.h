/* lookup_topics.h: the topics that lookups read: each whole, then followed. Used by the thread of
 * the evaluate stage. */
#ifndef APP_LOOKUP_TOPICS_H
#define APP_LOOKUP_TOPICS_H

#include "app/detect/detect.h"
#include "engine/evaluate/lookup_table.h"

struct lookup_topics;

/* Reads none yet. */
struct lookup_topics *lookup_topics_new(struct detect *detect);
void lookup_topics_free(struct lookup_topics **topics);

/* Its rows. A topic that is asked for the first time begins to be read: STATUS_AGAIN until it was
 * read to the end that it had then. */
const struct lookup_feed *lookup_topics_feed(const struct lookup_topics *topics);

/* Takes what came, waiting at most wait_ms for it. True: rows have changed, or a topic was read to
 * its end, and lookups should be made anew. Not more often than making them allows: while it took
 * long, changes are gathered. */
bool lookup_topics_poll(struct lookup_topics *topics, int wait_ms);
/* They were made, which took so long. */
void lookup_topics_took(struct lookup_topics *topics, uint64_t took_ns);

#endif
