/* health.h: whether every loop goes on (live), and whether every part can do its work (ready).
 * Every function takes NULL and then does nothing, so that parts run without anybody who looks. */
#ifndef APP_HEALTH_H
#define APP_HEALTH_H

#include "base/buf.h"

enum {
    HEALTH_LOOPS_MAX = 1024,
    HEALTH_PARTS_MAX = 1024, /* a source is one */
    HEALTH_NAME_BYTES_MAX = 64,
    HEALTH_REASON_BYTES_MAX = 256,
    HEALTH_LIMIT_MS_MAX = 30000, /* a loop that stands is told no later */
    HEALTH_LIMIT_MS = 20000,     /* for loops that have no reason for another one */
};

struct health;
/* One loop of one thread. */
struct health_loop;

/* Knows no loop and no part yet: live and ready. */
struct health *health_new(void);
/* Its loops are gone too; sets *health to NULL. */
void health_free(struct health **health);

/* From now on this loop must beat at least every limit_ms (1 to HEALTH_LIMIT_MS_MAX), also when it
 * waits for work. The name is copied; several loops may share one. It lives as long as health. Any
 * thread. */
struct health_loop *health_loop(struct health *health, struct span name, int limit_ms);
/* "I went round." Two clock reads' worth: cheap enough for every round, not for every record. */
void health_beat(struct health_loop *loop);
/* The loop ended because it should; its place is used again. */
void health_loop_end(struct health_loop *loop);

/* Whether a part ("kafka", "assignment") can do its work, and if not why: a sentence without a full
 * stop. A part that was never named is not asked for. Any thread. */
void health_ready(struct health *health, struct span part, bool ready, struct span reason);

/* True when every loop beat in time. *out gets a line for each that did not, else "ok". */
bool health_is_live(struct health *health, struct buf *out);
/* True when every part is ready. *out gets a line for each part. */
bool health_is_ready(struct health *health, struct buf *out);

#endif
