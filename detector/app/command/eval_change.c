/* eval_change.c: an expression on a change, as a policy would see it. */
#include "app/command/eval.h"

#include "engine/evaluate/host.h"
#include "policy/plan/plan_env.h"
#include "policy/plan/plan_macros.h"

/* Names and functions of policies, without any lookup. */
static struct cel_env *change_env(struct cel_slots *slots, struct arena *arena)
{
    static const struct plan_lookup_names no_lookups = {0};
    struct cel_env *env = cel_env_new(arena, slots);
    plan_env_add_change(env, arena);
    plan_macros_add(env, NULL, arena);
    plan_macros_add_lookups(env, &no_lookups);
    return env;
}

static struct value run_program(const struct cel_program *program, const struct plan *plan,
                                const struct change *change, struct arena *arena)
{
    const struct evaluate_input input = {
        .change = change,
        .source = SPAN("eval"),
        .received_us = change->event_time_us,
        .detected_us = change->event_time_us,
    };
    struct lookup_set *lookups = lookup_set_from_rows(plan, NULL);
    struct host host;
    host_init(&host, plan, lookups, host_texts_of(plan, arena));
    host_begin(&host, &input, NULL, arena);
    struct value result = cel_run(program, host.frame);
    result = value_copy(arena, &result);
    host_deinit(&host);
    lookup_set_unref(&lookups);
    return result;
}

enum status eval_change(struct span text, const struct change *change, struct arena *arena,
                        struct cel_issues *issues, struct value *out)
{
    struct cel_slots *slots = cel_slots_new(arena);
    struct cel_env *env = change_env(slots, arena);
    struct cel_program *program = NULL;
    enum status status = cel_compile(env, text, arena, issues, &program);
    if (status != STATUS_OK) {
        return status;
    }
    const struct plan plan = {
        .slots = slots,
        .slot_programs =
            arena_array(arena, cel_slots_count(slots), sizeof(const struct cel_program *)),
    };
    *out = run_program(program, &plan, change, arena);
    return STATUS_OK;
}
