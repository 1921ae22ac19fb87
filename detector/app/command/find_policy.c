/* find_policy.c: by its id. */
#include "app/command/find_policy.h"

#include "app/complain.h"

bool find_policy(const struct invocation *invocation, const struct plan *plan, uint32_t *out)
{
    struct span id = option_text(invocation->options, "policy");
    size_t count = plan->policy_count;
    struct span *ids = arena_array(invocation->arena, count, sizeof *ids);
    *out = (uint32_t)count;
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = plan->policies[i].id;
        *out = span_equals(ids[i], id) ? i : *out;
    }
    if (!option_given(invocation->options, "policy") || *out < count) {
        return true;
    }
    struct span near = diag_nearest(id, ids, count);
    struct span hint = near.len ? arena_printf(invocation->arena, "did you mean '%.*s'?",
                                               SPAN_ARG(near))
                                : (struct span){0};
    complain(invocation, hint.ptr, "there is no policy '%.*s' here", SPAN_ARG(id));
    return false;
}
