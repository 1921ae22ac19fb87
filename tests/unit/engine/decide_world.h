/* A broker in memory, and owners of one partition of the signals log that come, go, crash and go on
 * as zombies: what is durable is here, what an owner has sent is on its way until the test says. */
#ifndef DECIDE_WORLD_H
#define DECIDE_WORLD_H

#include "engine/decide/decide_part.h"

enum { WORLD_LOG_MAX = 256, WORLD_ALERTS_MAX = 8192, WORLD_STATE_MAX = 8192, WORLD_WAY_MAX = 1024 };

/* An alert as its topic holds it. */
struct world_alert {
    struct digest id;
    uint64_t log_sequence;
    uint32_t ordinal;
    uint64_t count;
};

/* A record of the state topic. */
struct world_state {
    struct snapshot_record record;
    int64_t time_us;
};

struct world {
    struct arena *arena;
    struct signal log[WORLD_LOG_MAX];
    uint64_t low;
    uint64_t high;
    bool has_committed;
    uint64_t committed;
    struct span topic_id;
    uint32_t partitions;
    struct world_alert alerts[WORLD_ALERTS_MAX];
    size_t alert_count;
    struct world_state state[WORLD_STATE_MAX];
    size_t state_count;
    uint64_t manifest_highest; /* of all that ever became durable */
    int64_t now_us;
    unsigned writers;          /* owners there ever were: each has a name of its own */
    uint64_t random;
};

/* A message on its way. */
struct way {
    bool is_state;
    struct world_alert alert;
    size_t slot;
    struct snapshot_record record;
};

struct owner {
    struct world *world;
    struct decide_part *part;
    struct way way[WORLD_WAY_MAX]; /* in the order sent */
    size_t way_count;
    int64_t opened_us;
};

/* An empty log of topic "id" with one partition. */
struct world *world_new(uint64_t seed);
void world_free(struct world **world);
uint64_t world_random(struct world *world, uint64_t bound);
/* Appends a signal to the log; its sequence is set. */
void world_log(struct world *world, struct signal signal);
/* Appends `count` random ones of one or two sources, with ticks, repeats and late events. */
void world_log_random(struct world *world, size_t count);

/* Puts a record into the state topic, as if somebody had written it. */
void world_put_state(struct world *world, struct span key, struct span value, bool tombstone);

/* Takes over the partition. */
enum status owner_open(struct world *world, struct decide_problem *problem, struct owner *out);
/* The same where it must work. */
struct owner owner_opened(struct world *world);
/* It must not: the answer is `status`, and the problem holds `word`. */
void owner_assert_refused(struct world *world, enum status status, const char *word);
/* Is gone; of what is on its way the first `arrive` messages still arrive, unheard. */
void owner_crash(struct owner *owner, size_t arrive);
/* Folds the next record; false at the end of the log. */
bool owner_fold(struct owner *owner);
/* Sends the next record of its snapshot; false when there is none now. */
bool owner_send_state(struct owner *owner);
/* The message at a place on the way arrives, and the owner hears of it. State arrives in order: the
 * first of the state on the way is meant then. */
void owner_arrive(struct owner *owner, size_t place);
/* All that is on its way arrives. */
void owner_arrive_all(struct owner *owner);
/* Commits the output position, if it may; a zombie's is refused. */
void owner_commit(struct owner *owner, bool is_member, bool answered);
/* Folds all, with everything durable, and a snapshot at the end. */
void owner_finish(struct owner *owner);

/* The alerts of the topic are those of a single fold of the whole log: none is missing, none is
 * other. Versions of one alert rise in that fold (rule 17). */
void world_check_alerts(const struct world *world);

#endif
