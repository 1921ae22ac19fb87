/* backlog.h: stretches of a source partition that are confirmed, but stand behind a match that is
 * held back: what is known as of the end of each of them waits here until it may be committed
 * (recovery-rules.md, rule 8). One thread. */
#ifndef ENGINE_BACKLOG_H
#define ENGINE_BACKLOG_H

#include "base/buf.h"
#include "port/store.h"

enum { BACKLOG_MARKS_MAX = 1024 }; /* beyond, more than one stretch ends at a mark */

/* What is known as of a position. */
struct backlog_mark {
    int64_t position;
    struct store_ledger ledger;
    struct buf clock; /* of shards, as text */
};

struct backlog;

/* Empty: the mark is wherever the newest stretch ended. */
struct backlog *backlog_new(void);
/* Sets *backlog to NULL. */
void backlog_free(struct backlog **backlog);
/* Nothing waits any more. */
void backlog_clear(struct backlog *backlog);

/* Something waits: the mark to be committed is backlog_mark's. */
bool backlog_is_waiting(const struct backlog *backlog);
/* What is known as of the position that may be committed; only while something waits. */
const struct backlog_mark *backlog_mark(const struct backlog *backlog);
/* Begins to wait at what is known now; takes the mark over. Only while nothing waits. */
void backlog_begin(struct backlog *backlog, struct backlog_mark *now);
/* A stretch behind it was confirmed; takes over what is known as of its end. apart: it holds
 * matches itself, so that what lies before it may be committed before it. */
void backlog_add(struct backlog *backlog, struct backlog_mark *end, bool apart);
/* No match is held below `floor` any more. True: the mark moved, or nothing waits any more. */
bool backlog_pass(struct backlog *backlog, int64_t floor);

#endif
