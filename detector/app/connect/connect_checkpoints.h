/* connect_checkpoints.h: how far each part of each source was carried over: the topic of
 * checkpoints, read whole by every replica and then followed. Of two positions of a part the one
 * further on counts, so that a replica which lost a shard and goes on for a while does no harm. */
#ifndef APP_CONNECT_CHECKPOINTS_H
#define APP_CONNECT_CHECKPOINTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "kafka/kafka_reader.h"

struct connect_checkpoints;

/* Begins to read the topic. STATUS_INVALID: a setting is wrong. */
MUST_USE enum status connect_checkpoints_new(const struct kafka_settings *settings,
                                             struct span topic, int32_t partitions,
                                             struct kafka_problem *problem,
                                             struct connect_checkpoints **out);
void connect_checkpoints_free(struct connect_checkpoints **checkpoints);

/* Takes in what is there. STATUS_AGAIN: nothing came, or a broker is away. STATUS_IO: the topic
 * cannot be read. */
MUST_USE enum status connect_checkpoints_poll(struct connect_checkpoints *checkpoints, int wait_ms,
                                              struct kafka_problem *problem);

/* From now on the partition counts as known only when all that is in it now was read. */
void connect_checkpoints_renew(struct connect_checkpoints *checkpoints, int32_t partition);
bool connect_checkpoints_knows(const struct connect_checkpoints *checkpoints, int32_t partition);
/* All of it is known, or was: before that nothing may begin. */
bool connect_checkpoints_are_read(struct connect_checkpoints *checkpoints);

/* The position of a part, in arena. STATUS_NOT_FOUND. */
MUST_USE enum status connect_checkpoints_find(const struct connect_checkpoints *checkpoints,
                                              struct span key, struct arena *arena,
                                              struct span *out);
/* A checkpoint as it stands in the topic. */
void connect_checkpoint_write(struct span position, int64_t now_us, struct buf *out);

#endif
