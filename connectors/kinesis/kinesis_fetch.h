/* kinesis_fetch.h: a few threads that fetch the pages of many shards into a bounded queue: each
 * shard's in order, whichever is due first, none faster than Kinesis allows. They also list the
 * shards. All functions are for the one thread that owns the fetch. */
#ifndef KINESIS_KINESIS_FETCH_H
#define KINESIS_KINESIS_FETCH_H

#include "kinesis/kinesis_cursor.h"
#include "kinesis/kinesis_job.h"

struct kinesis_fetch;

struct kinesis_fetch_options {
    struct aws_client *client;       /* cancelled by kinesis_fetch_free */
    struct span stream;              /* outlives the fetch, as the client does */
    struct kinesis_pace pace;
    size_t threads;
    struct clock clock;
};

/* Starts the threads; the first thing they do is to list the shards. */
struct kinesis_fetch *kinesis_fetch_new(const struct kinesis_fetch_options *options);
/* Ends calls and threads, within a second; sets *fetch to NULL. */
void kinesis_fetch_free(struct kinesis_fetch **fetch);

/* A shard that is fetched, until it ends or is dropped. */
struct kinesis_feed;

/* Begins to fetch a shard. `fresh`: as in kinesis_begin. Its deliveries carry `context`. */
struct kinesis_feed *kinesis_fetch_add(struct kinesis_fetch *fetch, struct span shard,
                                       const struct kinesis_position *position, bool fresh,
                                       void *context);
/* Nothing more comes from it; *feed is set to NULL. */
void kinesis_fetch_drop(struct kinesis_fetch *fetch, struct kinesis_feed **feed);

/* What the threads brought: a page of a feed, or a whole listing. */
struct kinesis_delivery {
    void *context;                   /* of the feed; NULL: a listing */
    struct kinesis_fetched fetched;
    struct kinesis_listing listing;
    struct kinesis_feed *feed;       /* private from here on */
    struct buf body;
    struct arena *arena;
    struct kinesis_delivery *next;
};
/* The oldest one; NULL when none comes within wait_ms. Its memory is the caller's until it is given
 * back. */
struct kinesis_delivery *kinesis_fetch_take(struct kinesis_fetch *fetch, int wait_ms);
void kinesis_fetch_give_back(struct kinesis_fetch *fetch, struct kinesis_delivery **delivery);

/* Lists the shards again, at the latest in wait_ms. */
void kinesis_fetch_list_within(struct kinesis_fetch *fetch, int64_t wait_ms);

/* How a feed stands. */
struct kinesis_feed_state {
    int64_t behind_ms;     /* at the last answer; -1: not told yet */
    int64_t answered_us;   /* when that was; when it was added, if there was none */
    int64_t record_age_ms; /* -1: no record yet */
    uint64_t records;
    uint64_t bytes;
    uint64_t throttled;
    uint64_t retried;
    bool ended;            /* its last page was fetched */
    bool refused;          /* an operator must act, or the shard is gone */
};
/* A copy, as it is now. */
struct kinesis_feed_state kinesis_fetch_state(struct kinesis_fetch *fetch,
                                              const struct kinesis_feed *feed);

/* How long ago the thread that went round least lately did: a second, or as long as a call lasts
 * (KINESIS_CALL_TIMEOUT_MS, and credentials), unless it stands still. */
int64_t kinesis_fetch_standing_ms(struct kinesis_fetch *fetch);

/* The worst of what keeps shards from being read or listed now; *problem gets its text, *shard the
 * shard, empty for the listing. */
enum kinesis_trouble kinesis_fetch_trouble(struct kinesis_fetch *fetch, struct buf *problem,
                                           struct buf *shard);

#endif
