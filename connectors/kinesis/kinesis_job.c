/* kinesis_job.c: one failure is bad luck and only repeated; what lasts is trouble. */
#include "kinesis/kinesis_job.h"

enum {
    TELL_FAILURES = 3, /* in a row, before passing ones are trouble */
    HALVINGS = 14,     /* from the longest page to a single record */
};

void kinesis_job_deinit(struct kinesis_job *job)
{
    buf_deinit(&job->problem);
}

void kinesis_job_succeed(struct kinesis_job *job)
{
    job->failures = 0;
    job->trouble = KINESIS_TROUBLE_NONE;
}

/* What the outcome means after so many failures. Throttling is no trouble of its own: a shard that
 * falls behind by it is told as late. */
static enum kinesis_trouble trouble_of(const struct kinesis_job *job,
                                       enum kinesis_outcome outcome)
{
    if (outcome == KINESIS_KEY_REFUSED) {
        return KINESIS_TROUBLE_KEY_REFUSED;
    }
    if (outcome == KINESIS_REFUSED) {
        return KINESIS_TROUBLE_REFUSED;
    }
    return outcome != KINESIS_THROTTLED && job->failures >= TELL_FAILURES
               ? KINESIS_TROUBLE_RETRYING
               : KINESIS_TROUBLE_NONE;
}

static enum kinesis_delay delay_of(enum kinesis_outcome outcome)
{
    if (outcome == KINESIS_THROTTLED) {
        return KINESIS_DELAY_THROTTLED;
    }
    return outcome == KINESIS_REFUSED || outcome == KINESIS_KEY_REFUSED ? KINESIS_DELAY_REFUSED
                                                                        : KINESIS_DELAY_FAILED;
}

int64_t kinesis_job_fail(struct kinesis_job *job, enum kinesis_outcome outcome,
                         const struct kinesis_call *call, const struct kinesis_pace *pace,
                         uint32_t random)
{
    bool soon = outcome == KINESIS_CANCELLED ||
                (outcome == KINESIS_TOO_LONG && job->failures < HALVINGS) ||
                (outcome == KINESIS_EXPIRED && job->failures < TELL_FAILURES);
    job->failures += job->failures < UINT32_MAX;
    if (soon) {
        return pace->call_ms;
    }
    enum kinesis_trouble trouble = trouble_of(job, outcome);
    if (trouble != KINESIS_TROUBLE_NONE) {
        job->trouble = trouble;
        buf_clear(&job->problem);
        buf_append(&job->problem, buf_view(&call->problem));
    }
    int64_t wait_ms = kinesis_pace_after_failure(pace, delay_of(outcome), job->failures, random);
    int64_t asked_ms = call->answer.retry_after_ms;
    return asked_ms > wait_ms && asked_ms <= pace->refused_ms ? asked_ms : wait_ms;
}
