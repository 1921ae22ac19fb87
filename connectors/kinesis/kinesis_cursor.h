/* kinesis_cursor.h: one shard on its way: iterator, position, and one step of fetching. */
#ifndef KINESIS_KINESIS_CURSOR_H
#define KINESIS_KINESIS_CURSOR_H

#include "kinesis/kinesis_call.h"

/* Used by one thread at a time. */
struct kinesis_cursor {
    struct buf shard;                /* its id */
    struct kinesis_position at;      /* behind the last record that was fetched */
    bool fresh;                      /* as in kinesis_begin */
    bool rewind;
    struct buf iterator;             /* empty: none */
    int limit;                       /* records asked for */
};

/* In place, without an iterator. The texts are copied. */
void kinesis_cursor_init(struct kinesis_cursor *cursor, struct span shard,
                         const struct kinesis_position *position, bool fresh);
void kinesis_cursor_deinit(struct kinesis_cursor *cursor);

/* A page as it came from the cursor, without what the position covers. */
struct kinesis_fetched {
    struct kinesis_page page;
    uint64_t first_sub; /* of the first record, those packed into it before this one are done */
    bool ended;         /* the shard ends behind this page */
    int64_t fetched_us; /* when it was asked for */
};

/* Fetches the next page. KINESIS_FINE: the cursor stands behind
 * it. Else *out is untouched and the cursor ready to try again: KINESIS_EXPIRED at once,
 * KINESIS_TOO_LONG too, the others later. KINESIS_UNSUITABLE does not come back. */
enum kinesis_outcome kinesis_cursor_fetch(struct kinesis_cursor *cursor, struct kinesis_call *call,
                                          struct clock clock, struct kinesis_room room,
                                          struct kinesis_fetched *out);

#endif
