/* kafka_world.h: a broker, and clients of it that note what they hear. */
#ifndef COMPONENT_KAFKA_WORLD_H
#define COMPONENT_KAFKA_WORLD_H

#include "base/arena.h"
#include "base/buf.h"
#include "kafka/kafka_admin.h"
#include "kafka/kafka_consumer.h"
#include "kafka/kafka_producer.h"
#include "kafka/kafka_reader.h"

enum { WORLD_WAIT_MS = 20000, WORLD_PARTS_MAX = 16, WORLD_PROPERTIES_MAX = 8 };

struct kafka_world {
    struct arena *arena;
    struct kafka_settings settings;
    struct kafka_property properties[WORLD_PROPERTIES_MAX];
    struct kafka_producer *producer;
    struct kafka_consumer *consumer;
    struct span topic;
    unsigned delivered;
    unsigned failed;
    struct kafka_problem failure; /* of the last message that failed */
    struct buf heard;             /* notices: "away;back;" */
    int64_t committed[WORLD_PARTS_MAX]; /* as `assigned` told it; -1: not ours */
    struct buf metadata;          /* of the last partition assigned that has any */
    int64_t start;                /* for `assigned` to ask for; KAFKA_OFFSET_NONE: as it comes */
    struct buf turns;             /* "+0 +1 -0 ": assigned and revoked */
    struct kafka_batch *early;    /* came while the group was joined */
    enum status polled;           /* the last answer then */
    const char *instance;         /* of the member; NULL: none */
    unsigned assigned;            /* partitions, each time anew */
    unsigned lost;                /* partitions, without a word */
    enum status lost_commit;      /* what a commit within that was answered */
    unsigned commits;
    struct kafka_problem commit_problem;
};

/* For cmocka: makes a world at the brokers of DELTAWARD_TEST_KAFKA, a file that tools/services
 * wrote. Fails when there is none. */
int kafka_world_up(void **state);
/* The same without brokers: the test names them. */
int kafka_world_bare(void **state);
int kafka_world_down(void **state);

/* A new topic. */
void kafka_world_topic(struct kafka_world *world, int32_t partitions);
void kafka_world_set(struct kafka_world *world, const char *name, const char *value);
void kafka_world_produce(struct kafka_world *world);
/* Joins a group and waits until it holds `parts` partitions. */
void kafka_world_join(struct kafka_world *world, const char *group, unsigned parts);
/* Sends "prefix0", "prefix1", ... to one partition and waits until they are durable. */
void kafka_world_send(struct kafka_world *world, int32_t partition, const char *prefix,
                      unsigned count);
/* Reads until `count` records came: "partition/offset=value;" each. */
void kafka_world_read(struct kafka_world *world, unsigned count, struct buf *out);
/* Waits until something was heard: "away;". */
bool kafka_world_hears(struct kafka_world *world, const char *what);

#endif
