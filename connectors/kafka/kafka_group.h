/* kafka_group.h: a member's consumer group as its broker describes it, and joining it anew. In the
 * thread of the consumer's owner, like all of kafka_consumer.h. */
#ifndef KAFKA_KAFKA_GROUP_H
#define KAFKA_KAFKA_GROUP_H

#include "base/arena.h"
#include "kafka/kafka_consumer.h"

struct kafka_group_member {
    struct span id; /* given by the broker: another one after each joining */
    bool is_us;
    const int32_t *partitions; /* of the topic that the asking consumer reads */
    size_t count;
};

struct kafka_group {
    bool stable; /* the broker waits for nobody: every member has what it is to have */
    const struct kafka_group_member *members;
    size_t count;
};

/* Asks the broker; nothing is waited for. Does nothing while an answer is outstanding, or no broker
 * can be reached. */
void kafka_group_ask(struct kafka_consumer *consumer);
/* The answer, in `arena`. STATUS_AGAIN: none yet, or nothing was asked. STATUS_IO: *problem says
 * why there is none; ask again later. */
MUST_USE enum status kafka_group_hear(struct kafka_consumer *consumer, struct arena *arena,
                                      struct kafka_group *out, struct kafka_problem *problem);
/* A partition was handed to the owner and not taken from it since. */
bool kafka_group_holds(const struct kafka_consumer *consumer, int32_t partition);
/* Leaves the group in good order, also as a static member, and joins it anew, while the consumer is
 * polled: `revoked` runs for what is ours. The broker deals all partitions out again, which it does
 * not do for a static member that only comes back. Does nothing while it is under way. */
void kafka_group_rejoin(struct kafka_consumer *consumer);

#endif
