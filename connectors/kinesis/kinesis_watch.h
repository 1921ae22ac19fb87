/* kinesis_watch.h: notices what an operator should know of shards that are read: what keeps them
 * from being read, and how far behind they are. */
#ifndef KINESIS_KINESIS_WATCH_H
#define KINESIS_KINESIS_WATCH_H

#include "kinesis/kinesis_shards.h"

/* In place. */
struct kinesis_watch {
    int64_t lag_limit_ms;         /* 0: none is late */
    enum kinesis_trouble trouble; /* as it was told last */
    struct buf problem;           /* of the trouble that there is now */
    struct buf shard;
    struct buf reason;            /* kinesis_watch_reason */
};

/* Gives its memory back. */
void kinesis_watch_deinit(struct kinesis_watch *watch);
/* Looks at everything and notes what changed. */
void kinesis_watch_look(struct kinesis_watch *watch, struct kinesis_shards *shards);
/* Why records do not come, as it was at the last look; empty while they do. */
struct span kinesis_watch_reason(struct kinesis_watch *watch, const struct kinesis_shards *shards);
/* How far behind its end a shard is by now: as Kinesis said last, and the time since then. */
int64_t kinesis_watch_behind_ms(const struct kinesis_feed_state *state, int64_t now_us);

#endif
