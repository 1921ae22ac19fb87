/* alert.c: the id of an alert: the same after a restart or a replay. */
#include "model/alert.h"

struct span alert_status_name(enum alert_status status)
{
    switch (status) {
    case ALERT_OPENED: return SPAN("opened");
    case ALERT_UPDATED: return SPAN("updated");
    case ALERT_RESOLVED: return SPAN("resolved");
    }
    return SPAN("unknown");
}

struct alert alert_copy(const struct alert *alert, struct arena *arena)
{
    struct alert copy = *alert;
    struct signal *signal = &copy.signal;
    copy.correlation = arena_copy(arena, alert->correlation);
    signal->policy_id = arena_copy(arena, alert->signal.policy_id);
    signal->group_key = arena_copy(arena, alert->signal.group_key);
    signal->severity = arena_copy(arena, alert->signal.severity);
    signal->source = arena_copy(arena, alert->signal.source);
    signal->body = arena_copy(arena, alert->signal.body);
    signal->correlation = signal->value = signal->inner = (struct span){0};
    return copy;
}

struct digest alert_id(struct span policy_id, struct span group_key, const struct digest *finding)
{
    struct digest_state state;
    digest_init(&state);
    digest_field(&state, policy_id);
    digest_field(&state, group_key);
    digest_field(&state, span_of((const char *)finding->bytes, DIGEST_BYTES));
    return digest_finish(&state);
}
