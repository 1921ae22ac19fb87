/* held_queue.h: the matches of one source that are held back (grace), until the watermark of the
 * source is past their time: found by when they are due, and by which is the oldest, since that one
 * bounds what may be committed (recovery-rules.md, rule 8) and what is told of time. Copies what it
 * is given. One thread. */
#ifndef ENGINE_HELD_QUEUE_H
#define ENGINE_HELD_QUEUE_H

#include "model/held_match.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    HELD_COUNT_MAX = 100000,             /* of one source; beyond, the first due is asked early */
    HELD_BYTES_MAX = 64 * 1024 * 1024,
};

struct held_queue;

/* Holds nothing. */
struct held_queue *held_queue_new(void);
/* Sets *queue to NULL. */
void held_queue_free(struct held_queue **queue);

/* Keeps a match: with a number of its own (one that was stored; above all before it), or with the
 * next one where it has none. Only when not full. */
void held_queue_add(struct held_queue *queue, const struct held_match *match);
/* One more of `bytes` would be too much. A match alone always fits. */
bool held_queue_is_full(const struct held_queue *queue, size_t bytes);

/* How many are held. */
size_t held_queue_count(const struct held_queue *queue);
/* The number that was given last; 0: none yet. */
uint64_t held_queue_last(const struct held_queue *queue);
/* The one with the lowest number; NULL when nothing is held. Valid until it is removed. */
const struct held_match *held_queue_oldest(struct held_queue *queue);
/* The one that is due first, the older of two; NULL when nothing is held. */
const struct held_match *held_queue_next_due(const struct held_queue *queue);
/* No match is due later than this: the highest since nothing was held. Only while one is. */
int64_t held_queue_latest_due(const struct held_queue *queue);
/* Removes that one; its texts end. */
void held_queue_remove_next(struct held_queue *queue);
/* Those with a number above `number`, in their order, into *out, which has room for all of them;
 * gives how many. Their texts stay the queue's. */
size_t held_queue_after(const struct held_queue *queue, uint64_t number, struct held_match *out);

#endif
