/* decide_states.c: states of correlations that no policy in force has end, with the ids of their
 * findings (docs/RECOVERY.md, rule 9). */
#include "base/check.h"
#include "engine/decide/decider.h"

#include <stdlib.h>

static void note_dropped(void *context, const struct correlate_state *state)
{
    struct decider *decider = context;
    if (decider->dropped_count == decider->dropped_capacity) {
        size_t capacity = decider->dropped_capacity ? 2 * decider->dropped_capacity : 8;
        struct decide_dropped *dropped = realloc(decider->dropped, capacity * sizeof *dropped);
        if (!dropped) {
            check_memory_exhausted(capacity * sizeof *dropped);
        }
        decider->dropped = dropped;
        decider->dropped_capacity = capacity;
    }
    char *policy_id = malloc(state->policy_id.len + 1);
    if (!policy_id) {
        check_memory_exhausted(state->policy_id.len + 1);
    }
    memcpy(policy_id, state->policy_id.ptr, state->policy_id.len);
    decider->dropped[decider->dropped_count++] = (struct decide_dropped){
        .policy_id = span_of(policy_id, state->policy_id.len),
        .state_id = state->state_id,
        .groups = state->groups,
    };
}

/* Ends what the list does not have. */
static void keep_states(struct decider *decider, struct state_list states)
{
    size_t before = decider->dropped_count;
    correlations_keep(decider->correlations, states, note_dropped, decider);
    size_t count = decider->dropped_count - before;
    if (count == 0) {
        return;
    }
    struct digest *dropped = calloc(count, sizeof *dropped);
    if (!dropped) {
        check_memory_exhausted(count * sizeof *dropped);
    }
    for (size_t i = 0; i < count; i++) {
        dropped[i] = decider->dropped[before + i].state_id;
    }
    findings_drop(decider->findings, (struct state_list){dropped, state_list_sort(dropped, count)});
    free(dropped);
}

enum decide_outcome decider_hear_states(struct decider *decider, const struct signal *signal,
                                        struct arena *arena)
{
    struct state_list states;
    if (state_list_read(signal->body, arena, &states) != STATUS_OK) {
        decider->counts.refused++;
        return DECIDE_REFUSED;
    }
    if (decider->input == DECIDE_ONCE) {
        keep_states(decider, states);
    } else {
        revisions_add(decider->revisions, &signal->revision, states);
    }
    return DECIDE_TICKED;
}

void decider_hear_revision(struct decider *decider, uint32_t source, const struct signal *tick)
{
    struct state_list states;
    bool closes = tick->offset > sources_floor(decider->sources, source);
    if (revisions_name(decider->revisions, &tick->revision, &states) && closes) {
        keep_states(decider, states);
    }
}

void decider_take_dropped(struct decider *decider, decide_dropped_fn each, void *context)
{
    for (size_t i = 0; i < decider->dropped_count; i++) {
        if (each) {
            each(context, &decider->dropped[i]);
        }
        free((char *)(uintptr_t)decider->dropped[i].policy_id.ptr);
    }
    decider->dropped_count = 0;
}
