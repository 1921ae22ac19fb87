/* connect.h: what the files of `deltaward connect` share: records of sources become records of
 * deltaward.events, by item; a checkpoint follows when they are acknowledged. One thread. */
#ifndef APP_CONNECT_H
#define APP_CONNECT_H

#include "app/connect/connect_checkpoints.h"
#include "app/connect/connect_flight.h"
#include "app/health/health_service.h"
#include "app/kafka/group_watch.h"
#include "app/kafka/kafka_setup.h"
#include "app/source/source_make.h"
#include "app/source/source_watch.h"
#include "kafka/kafka_consumer.h"
#include "kafka/kafka_producer.h"
#include "model/record.h"

enum connect_topic {
    CONNECT_EVENTS,
    CONNECT_CHECKPOINTS,
    CONNECT_QUARANTINE,
    CONNECT_TOPIC_COUNT,
};

enum {
    CONNECT_WAIT_MS = 100,          /* at most, when nothing is to be done */
    CONNECT_BUSY_WAIT_MS = 5,       /* while reports are awaited */
    CONNECT_BYTES_MAX = 32 << 20,   /* on their way; then nothing is read */
    CONNECT_MESSAGES_MAX = 50000,
    CONNECT_PAGES_MAX = 1024,
    CONNECT_DRAIN_MS = 12000,
    CONNECT_CHECKPOINT_MS = 1000,   /* between two of a part */
};

struct connect;

/* One source of the configuration. */
struct connect_feed {
    struct connect *connect;
    size_t number;
    const struct config_item *item;
    struct made_source made;        /* source NULL: it is not read now */
    struct source_watch watch;
    struct source_memory memory;
    bool ended;                     /* it gave all there is */
    struct span name;
    struct span account;
    enum record_format format;
};

struct connect {
    const struct invocation *invocation;
    const struct config *config;
    struct log *log;
    struct health_service service;
    struct health_loop *beat;
    struct kafka_setup kafka;
    struct kafka_settings settings;         /* low latency: checkpoints are few */
    struct kafka_setup_topic topics[CONNECT_TOPIC_COUNT];
    struct kafka_producer *producer;
    struct kafka_consumer *group;           /* whose partitions are those of checkpoints */
    struct group_watch *watch;              /* over it */
    struct connect_checkpoints *checkpoints;
    bool *owned;                            /* by partition of checkpoints */
    struct flight flight;
    struct connect_feed *feeds;
    size_t feed_count;
    size_t next_feed;
    struct arena *record_arena;             /* of one record */
    struct arena *batch_arena;              /* of one batch, and of one question of a source */
    struct buf text;
    bool started;                           /* all is open, and checkpoints are read */
    bool failed;                            /* something was told that only a new start mends */
};

/* ---- connect_tell.c: how the work goes; below all others */

/* One line of the log: what was tried, what went wrong, what to do. */
void connect_tell_problem(const struct connect *connect, struct span what,
                          const struct kafka_problem *problem);
/* "I went round", for health; sources tell meanwhile how they and their threads stand. Also while
 * nothing is read. */
void connect_beat(struct connect *connect);
/* It is open, and there may be more of it. */
bool connect_feed_is_readable(const struct connect_feed *feed);

/* ---- connect_group.c: which parts are ours */

/* Joins the group that deals out the shards. False: it cannot, which was told. */
MUST_USE bool connect_group_join(struct connect *connect);
/* Looks after the group; partitions that are taken from us are drained in here. */
void connect_group_poll(struct connect *connect);
void connect_group_leave(struct connect *connect);
/* The key of a part's checkpoint: "orders/shardId-000000000003"; in arena. */
struct span connect_key(const struct connect_feed *feed, struct span part, struct arena *arena);
/* Whether we read what has this key: its partition is ours, and all that was written there is
 * known. */
bool connect_owns(const struct connect *connect, struct span key);

/* ---- connect_send.c: records and checkpoints on their way */

/* Sends the records of one batch as a page of the part. */
void connect_send_batch(struct connect_feed *feed, struct flight_part *part,
                        const struct source_batch *batch);
/* Writes the checkpoints that are due; all = also those that are not yet. */
void connect_send_checkpoints(struct connect *connect, bool all);
/* Takes in what became of messages, waiting at most wait_ms for the first. */
void connect_send_poll(struct connect *connect, int wait_ms);
/* Waits until all is acknowledged and in checkpoints. False: not within the time. */
bool connect_send_drain(struct connect *connect);
void connect_delivered(void *context, const struct kafka_delivery *delivery);

/* ---- connect_feed.c: the sources */

/* COMMAND_USAGE, COMMAND_ENVIRONMENT: told. */
MUST_USE enum command_exit connect_feeds_open(struct connect *connect);
void connect_feeds_close(struct connect *connect);
/* Begins sources that are ours now, ends those that are not. */
void connect_feeds_look(struct connect *connect);
/* Takes one batch of one source, if there is one within wait_ms; false: there was none. */
bool connect_feeds_read(struct connect *connect, int wait_ms);
/* Every source gave all there is. */
bool connect_feeds_ended(const struct connect *connect);

/* ---- connect_loop.c */

/* From open topics to the end; messages go to the log. */
MUST_USE enum command_exit connect_run(const struct invocation *invocation,
                                       const struct config *config);

#endif
