/* signal.c: the place of a signal in a log of many partitions. */
#include "model/signal.h"

#include "base/check.h"

bool signal_is_for_all(const struct signal *signal)
{
    return signal->kind == SIGNAL_TICK || signal->kind == SIGNAL_STATES;
}

uint32_t signal_partition(const struct signal *signal, uint32_t count)
{
    struct digest_state state;
    uint64_t number = 0;
    check(count > 0 && !signal_is_for_all(signal));
    digest_init(&state);
    digest_field(&state, signal->policy_id);
    digest_field(&state, signal->group_key);
    struct digest digest = digest_finish(&state);
    for (size_t i = 0; i < sizeof number; i++) {
        number |= (uint64_t)digest.bytes[i] << (8 * i);
    }
    return (uint32_t)(number % count);
}
