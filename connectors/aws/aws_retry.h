/* aws_retry.h: whether and when a failed call is repeated: full jitter, and a budget of tokens that
 * all calls of a client share, so that a service in trouble is not sent every call three times.
 * Source: botocore's standard retry mode (500 tokens, 5 a repeat, 10 after a timeout). */
#ifndef AWS_AWS_RETRY_H
#define AWS_AWS_RETRY_H

#include "aws/aws_client.h"

#include <stdatomic.h>

enum {
    AWS_RETRY_TOKENS = 500,
    AWS_RETRY_COST = 5,
    AWS_RETRY_COST_NO_ANSWER = 10,
    AWS_RETRY_WAIT_MAX_MS = 20 * 1000,
};

struct aws_retry_budget {
    atomic_int tokens;
};

/* A full budget. */
void aws_retry_init(struct aws_retry_budget *budget);
/* Takes the price of one repeat; false when there is not enough left. Any thread. */
bool aws_retry_take(struct aws_retry_budget *budget, int cost);
/* A call succeeded: its last repeat's price comes back, or 1 when there was no repeat. */
void aws_retry_give(struct aws_retry_budget *budget, int cost);

/* The longest wait before repeat number `repeat` (from 1): 50 ms doubled each time, 1 s when
 * throttled, at most AWS_RETRY_WAIT_MAX_MS. */
int64_t aws_retry_ceiling_ms(enum aws_failure failure, unsigned repeat);
/* Somewhere between 0 and the ceiling, but no less than what the service asked for. `random`: any
 * 32 bits. */
int64_t aws_retry_wait_ms(enum aws_failure failure, unsigned repeat, int64_t retry_after_ms,
                          uint32_t random);

#endif
