/* aws_retry.c: full jitter; tokens. */
#include "aws/aws_retry.h"

enum { BASE_TRANSIENT_MS = 50, BASE_THROTTLED_MS = 1000, DOUBLINGS_MAX = 16 };

void aws_retry_init(struct aws_retry_budget *budget)
{
    atomic_init(&budget->tokens, AWS_RETRY_TOKENS);
}

bool aws_retry_take(struct aws_retry_budget *budget, int cost)
{
    int tokens = atomic_load(&budget->tokens);
    do {
        if (tokens < cost) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&budget->tokens, &tokens, tokens - cost));
    return true;
}

void aws_retry_give(struct aws_retry_budget *budget, int cost)
{
    int tokens = atomic_load(&budget->tokens);
    int more;
    do {
        more = tokens + (cost ? cost : 1);
        more = more > AWS_RETRY_TOKENS ? AWS_RETRY_TOKENS : more;
    } while (!atomic_compare_exchange_weak(&budget->tokens, &tokens, more));
}

int64_t aws_retry_ceiling_ms(enum aws_failure failure, unsigned repeat)
{
    int64_t base = failure == AWS_THROTTLED ? BASE_THROTTLED_MS : BASE_TRANSIENT_MS;
    unsigned doublings = repeat > 0 ? repeat - 1 : 0;
    int64_t ceiling = base << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
    return ceiling < AWS_RETRY_WAIT_MAX_MS ? ceiling : AWS_RETRY_WAIT_MAX_MS;
}

int64_t aws_retry_wait_ms(enum aws_failure failure, unsigned repeat, int64_t retry_after_ms,
                          uint32_t random)
{
    int64_t ceiling = aws_retry_ceiling_ms(failure, repeat);
    int64_t wait = (int64_t)(((uint64_t)ceiling + 1) * random >> 32);
    return wait > retry_after_ms ? wait : retry_after_ms;
}
