/* kinesis_job.h: what fetch threads do again and again (a shard's next page, the listing): when it
 * is due, and how it fared. */
#ifndef KINESIS_KINESIS_JOB_H
#define KINESIS_KINESIS_JOB_H

#include "kinesis/kinesis_call.h"
#include "kinesis/kinesis_pace.h"

/* What keeps a job from being done, in order of weight. */
enum kinesis_trouble {
    KINESIS_TROUBLE_NONE,
    KINESIS_TROUBLE_RETRYING,
    KINESIS_TROUBLE_REFUSED,
    KINESIS_TROUBLE_KEY_REFUSED,
};

/* Zero-initialised is due at once. */
struct kinesis_job {
    uint64_t due_ns;   /* on the monotonic clock */
    bool busy;
    unsigned failures; /* in a row */
    enum kinesis_trouble trouble;
    struct buf problem;
};

/* Gives its memory back. */
void kinesis_job_deinit(struct kinesis_job *job);
/* Notes that it worked: no trouble, no failures in a row. */
void kinesis_job_succeed(struct kinesis_job *job);
/* Notes a failure, which `call` knows; returns how long to wait, in ms. */
int64_t kinesis_job_fail(struct kinesis_job *job, enum kinesis_outcome outcome,
                         const struct kinesis_call *call, const struct kinesis_pace *pace,
                         uint32_t random);

#endif
