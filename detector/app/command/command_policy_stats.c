/* command_policy_stats.c: `deltaward policy stats`: what a store counted of each policy, and what
 * decide remembers of its correlation, which follows from the log. */
#include "app/command/alert_store.h"
#include "app/complain.h"
#include "base/json_writer.h"
#include "engine/decide_stage.h"
#include "model/correlation.h"

#include <inttypes.h>
#include <stdlib.h>

enum { COUNTERS_MAX = 32, STATES_MAX = 8 };

static const struct option_example examples[] = {
    {"deltaward policy stats", "what was counted of each policy"},
    {"deltaward policy stats --policy salary-jump --json", "of one, as data"},
    {NULL, NULL},
};

static const struct option options[] = {
    {.name = "policy", .letter = 'p', .type = OPTION_TEXT, .placeholder = "ID",
     .text = "of this policy alone"},
    {.name = "json", .type = OPTION_FLAG, .text = "one JSON object a policy, one a line"},
};

struct counter {
    struct span name;
    uint64_t count;
};

/* A version of a policy's correlation that is remembered. */
struct state {
    struct digest id;
    struct span type;
    size_t groups;
    size_t learning;
    size_t bytes;
};

struct policy {
    struct span id;
    struct counter counters[COUNTERS_MAX];
    size_t counter_count;
    struct state states[STATES_MAX];
    size_t state_count;
};

/* One call at work; texts live as long as the invocation. */
struct work {
    const struct invocation *invocation;
    struct decide_stage *stage;
    struct policy *policies; /* by id */
    size_t count;
    size_t capacity;
};

static struct policy *add_policy(struct work *work, size_t place, struct span id)
{
    if (work->count == work->capacity) {
        size_t capacity = work->capacity ? 2 * work->capacity : 16;
        struct policy *policies = arena_array(work->invocation->arena, capacity, sizeof *policies);
        if (work->count) {
            memcpy(policies, work->policies, work->count * sizeof *policies);
        }
        work->policies = policies;
        work->capacity = capacity;
    }
    memmove(work->policies + place + 1, work->policies + place,
            (work->count - place) * sizeof *work->policies);
    work->policies[place] = (struct policy){.id = arena_copy(work->invocation->arena, id)};
    work->count++;
    return &work->policies[place];
}

static struct policy *policy_of(struct work *work, struct span id)
{
    size_t low = 0;
    size_t high = work->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_compare(work->policies[middle].id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool known = low < work->count && span_equals(work->policies[low].id, id);
    return known ? &work->policies[low] : add_policy(work, low, id);
}

static bool is_wanted(const struct work *work, struct span policy_id)
{
    struct span only = option_text(work->invocation->options, "policy");
    return only.len == 0 || span_equals(only, policy_id);
}

/* -- what was counted */

static enum status take_count(void *context, const struct store_policy_count *count)
{
    struct work *work = context;
    if (is_wanted(work, count->policy_id)) {
        struct policy *policy = policy_of(work, count->policy_id);
        if (policy->counter_count < COUNTERS_MAX) {
            policy->counters[policy->counter_count++] = (struct counter){
                arena_copy(work->invocation->arena, count->counter), count->count};
        }
    }
    return STATUS_OK;
}

static uint64_t count_of(const struct policy *policy, struct span name)
{
    for (size_t i = 0; i < policy->counter_count; i++) {
        if (span_equals(policy->counters[i].name, name)) {
            return policy->counters[i].count;
        }
    }
    return 0;
}

/* -- what is remembered */

static struct state *state_of(struct policy *policy, const struct digest *id)
{
    for (size_t i = 0; i < policy->state_count; i++) {
        if (digest_equals(&policy->states[i].id, id)) {
            return &policy->states[i];
        }
    }
    if (policy->state_count == STATES_MAX) { /* the oldest edit goes */
        memmove(policy->states, policy->states + 1, (STATES_MAX - 1) * sizeof *policy->states);
        policy->state_count--;
    }
    policy->states[policy->state_count] = (struct state){.id = *id};
    return &policy->states[policy->state_count++];
}

static enum status take_signal(void *context, const struct signal *signal)
{
    struct work *work = context;
    decide_stage_begin(work->stage);
    decide_stage_fold_one(work->stage, signal);
    if (signal->correlation.len && is_wanted(work, signal->policy_id)) {
        (void)state_of(policy_of(work, signal->policy_id), &signal->state_id);
    }
    return STATUS_OK;
}

/* Of one partition: the same state is given by others too. */
static void take_state(void *context, const struct correlate_state *found)
{
    struct work *work = context;
    struct correlation rule;
    for (size_t i = 0; i < work->count; i++) {
        struct policy *policy = &work->policies[i];
        for (size_t k = 0; k < policy->state_count; k++) {
            struct state *state = &policy->states[k];
            if (!digest_equals(&state->id, &found->state_id) ||
                correlation_read_json(found->rule, work->invocation->arena, &rule) != STATUS_OK) {
                continue;
            }
            state->type = correlation_type_name(rule.type);
            state->groups += found->groups;
            state->learning += found->learning;
            state->bytes += found->bytes;
        }
    }
}

/* -- the answer */

static void append_head(struct buf *out)
{
    buf_printf(out, "%-40s %12s %12s %12s %12s %12s %12s\n", "POLICY", "LOOKED AT", "MATCHED",
               "FINDINGS", "ALERTS", "IN SHADOW", "NOT EVALUABLE");
}

static uint64_t findings_of(const struct policy *policy)
{
    return count_of(policy, SPAN("alerts")) + count_of(policy, SPAN("suppressed"));
}

static void append_text(const struct policy *policy, struct buf *out)
{
    buf_printf(out,
               "%-40.*s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64
               " %12" PRIu64 "\n",
               SPAN_ARG(policy->id), count_of(policy, SPAN("evaluated")),
               count_of(policy, SPAN("matched")), findings_of(policy),
               count_of(policy, SPAN("alerts")), count_of(policy, SPAN("shadowed")),
               count_of(policy, SPAN("not_evaluable")));
    for (size_t i = 0; i < policy->state_count; i++) {
        const struct state *state = &policy->states[i];
        if (state->groups) {
            buf_printf(out, "  %.*s remembers %zu group%s (%zu learning) in %zu bytes; late: %"
                       PRIu64 "\n", SPAN_ARG(state->type), state->groups,
                       state->groups == 1 ? "" : "s", state->learning, state->bytes,
                       count_of(policy, SPAN("late")));
        }
    }
}

static void write_states(const struct policy *policy, struct json_writer *writer)
{
    json_key(writer, "correlations");
    json_open_array(writer);
    for (size_t i = 0; i < policy->state_count; i++) {
        const struct state *state = &policy->states[i];
        if (state->groups == 0) {
            continue;
        }
        json_open_object(writer);
        json_key(writer, "type");
        json_write_string(writer, state->type);
        json_key(writer, "groups");
        json_write_uint(writer, state->groups);
        json_key(writer, "learning");
        json_write_uint(writer, state->learning);
        json_key(writer, "bytes");
        json_write_uint(writer, state->bytes);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void append_json(const struct policy *policy, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    json_key(&writer, "policy");
    json_write_string(&writer, policy->id);
    json_key(&writer, "findings");
    json_write_uint(&writer, findings_of(policy));
    json_key(&writer, "counts");
    json_open_object(&writer);
    for (size_t i = 0; i < policy->counter_count; i++) {
        json_key_span(&writer, policy->counters[i].name);
        json_write_uint(&writer, policy->counters[i].count);
    }
    json_close_object(&writer);
    write_states(policy, &writer);
    json_close_object(&writer);
    buf_append_char(out, '\n');
}

static enum command_exit tell(const struct work *work)
{
    struct buf text = {0};
    bool json = option_flag(work->invocation->options, "json");
    if (work->count == 0) {
        complain_note("nothing was counted yet");
    } else if (!json) {
        append_head(&text);
    }
    for (size_t i = 0; i < work->count; i++) {
        (json ? append_json : append_text)(&work->policies[i], &text);
    }
    bool written = answer(work->invocation, buf_view(&text));
    buf_deinit(&text);
    return written ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

static enum command_exit run(const struct invocation *invocation)
{
    struct work work = {.invocation = invocation};
    struct store *store = NULL;
    enum command_exit ended = alert_store_open(invocation, &store);
    if (ended != COMMAND_OK) {
        return ended;
    }
    work.stage = decide_stage_new();
    enum status status = sqlite_store_counts(store, take_count, &work);
    if (status == STATUS_OK) {
        status = store->ops->replay(store, 1, take_signal, &work);
    }
    ended = alert_store_ended(invocation, store, status);
    if (ended == COMMAND_OK) {
        decide_stage_look(work.stage, take_state, &work);
        ended = tell(&work);
    }
    decide_stage_free(&work.stage);
    store->ops->free(store);
    return ended;
}

const struct command command_policy_stats = {
    .face = {
        .name = "policy stats",
        .summary = "Says what a store counted of each policy, and what it remembers.",
        .arguments = "",
        .examples = examples,
        .options = options,
        .option_count = sizeof options / sizeof *options,
    },
    .config = COMMAND_CONFIG_STORE,
    .run = run,
};
