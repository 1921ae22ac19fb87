/* group_owners.h: whether every partition has an owner that knows of it, and who is to act when one
 * has none: decided from what the broker says of the group and what we hold, look by look. Members
 * come to it alone, each for itself, and to the same one. */
#ifndef APP_GROUP_OWNERS_H
#define APP_GROUP_OWNERS_H

#include "base/digest.h"
#include "kafka/kafka_group.h"

/* What is remembered between looks. Zero-initialised. */
struct group_owners {
    struct digest seen; /* what was amiss at the last look, and who was there */
    unsigned looks;     /* in a row that saw just that; 0: nothing was amiss */
    uint64_t rejoin_ns; /* we may join anew from then on (monotonic) */
};

enum group_owners_state {
    GROUP_OWNERS_UNSURE,  /* the group is dealing out, or nobody looked twice: as before */
    GROUP_OWNERS_WHOLE,   /* every partition has an owner */
    GROUP_OWNERS_MISSING, /* some have none, and nobody is about to change that */
};

enum group_owner { /* of one partition */
    GROUP_OWNER_KNOWN,
    GROUP_OWNER_NONE,    /* no member has it */
    GROUP_OWNER_UNAWARE, /* we have it, says the broker, and do not hold it */
};

struct group_owners_verdict {
    enum group_owners_state state;
    bool rejoin; /* we are to join anew, so that the broker deals all out again */
};

enum { GROUP_OWNERS_PAUSE_S = 300 }; /* between two of our joinings anew */

/* Judges a look at `now_ns` (monotonic). `held`: by partition, whether we hold it; `owners` gets
 * what is known of each. */
struct group_owners_verdict group_owners_look(struct group_owners *memory,
                                              const struct kafka_group *group, const bool *held,
                                              size_t partitions, uint64_t now_ns,
                                              enum group_owner *owners);

#endif
