/* plan_states.c: collects, sorts and writes. */
#include "engine/plan_states.h"

#include "base/check.h"
#include "model/state_list.h"

#include <stdlib.h>

bool plan_states_write(const struct plan *plan, struct buf *out)
{
    size_t count = 0;
    struct digest *states = calloc(plan->policy_count + 1, sizeof *states);
    if (!states) {
        check_memory_exhausted((plan->policy_count + 1) * sizeof *states);
    }
    for (size_t i = 0; i < plan->policy_count; i++) {
        if (plan->policies[i].correlation.len) {
            states[count++] = plan->policies[i].state_id;
        }
    }
    count = state_list_sort(states, count);
    if (count <= STATE_LIST_MAX) {
        struct json_writer writer = json_writer_to(out);
        state_list_write((struct state_list){states, count}, &writer);
    }
    free(states);
    return count <= STATE_LIST_MAX;
}
