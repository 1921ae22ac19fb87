/* redeliver.h: what of the refused alerts is sent again, and what became of it. */
#ifndef APP_REDELIVER_H
#define APP_REDELIVER_H

#include "app/notify/resend.h"

/* Which of them: empty texts fit all. */
struct redeliver_filter {
    struct span sink;
    struct span policy_id;
    struct span id_prefix;
};

/* One run of the command. */
struct redeliver {
    const struct invocation *invocation;
    const struct config *config;
    struct redeliver_filter filter;
    struct resend *resend;
    bool dry_run;     /* only list them */
    size_t found;
    size_t sent;
    size_t outdated;  /* the sink has a newer state: taken off the list, not sent */
    bool closed;      /* nobody reads our answers */
};

/* What to do with the record of one refusal. */
enum redeliver_end {
    REDELIVER_KEEP,
    REDELIVER_DROP, /* it is dealt with */
};
/* Sends one refused alert and says on stdout what became of it. */
enum redeliver_end redeliver_one(struct redeliver *redeliver, struct span sink,
                                 const struct alert *alert, struct span reason, bool outdated);

/* The refusals in the topic "<prefix>.undelivered". */
MUST_USE enum command_exit redeliver_from_kafka(struct redeliver *redeliver);

#endif
