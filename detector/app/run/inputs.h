/* inputs.h: the sources of an embedded detector, read in turn. */
#ifndef APP_INPUTS_H
#define APP_INPUTS_H

#include "app/config/config.h"
#include "app/health/health_service.h"
#include "app/source/source_watch.h"
#include "app/source/source_make.h"
#include "engine/batch.h"
#include "port/source.h"
#include "port/store.h"

/* One source and what the engine must know about it. */
struct input {
    struct made_source made;
    struct source *source;
    struct source_watch watch;
    struct source_memory memory; /* its positions in the store */
    struct store *store;
    struct engine_source engine;
    int64_t lag_limit_ms;
    struct inputs *inputs;
    bool ended;
    uint64_t quiet_ns; /* when its end was found first, since the last record (monotonic); 0: not */
    bool rests;        /* it is at its end, or has been quiet for long */
    bool rest_told;
    int64_t held_us;   /* the time that it lacks until what it holds back is due */
};

enum { INPUTS_LATE_MAX = 64 };

/* A shard that is read too far behind its end. */
struct input_late {
    struct input *input;
    struct span part;
    int64_t behind_ms;
};

struct inputs {
    struct input *items;
    size_t count;
    size_t next;
    size_t open;    /* not ended */
    bool failed;    /* one of them broke */
    uint64_t idle_after_ns;
    struct log *log;
    struct arena *arena;   /* of the texts of `late` */
    struct input_late late[INPUTS_LATE_MAX]; /* since the last read began; more are only logged */
    size_t late_count;
};

/* Opens every source where the store says that it stopped. STATUS_IO and others: told in the log.
 * */
MUST_USE enum status inputs_open(const struct config *config, struct store *store,
                                 struct arena *arena, struct log *log,
                                 const struct health_service *service, struct inputs *out);
void inputs_close(struct inputs *inputs);

/* The batch is durable: what waited for that may begin. */
void inputs_settle(struct input *input, const struct source_batch *batch);

/* A source that is at its end, or was quiet for detect.idle_after, and was not given since its last
 * batch; NULL: there is none. One that broke is not at its end. Sources with parts are never given:
 * their time goes on without records. */
struct input *inputs_next_rested(struct inputs *inputs);

/* The next batch of the next source that has one, and that source. STATUS_AGAIN: none within
 * wait_ms. STATUS_END: every source is at its end. A source that breaks is told in the log and
 * ends. */
MUST_USE enum status inputs_read(struct inputs *inputs, int wait_ms, struct source_batch *batch,
                                 struct input **out);

#endif
