/* evaluate_states.c: which states of correlations the policies in force have, told to every
 * partition of the log before the first tick that names their revision (rule 9). */
#include "app/detect/evaluate_loop.h"

#include "engine/plan_states.h"
#include "model/signal_json.h"

/* What the messages carry: of no partition of events. */
static uint64_t token_of(const struct evaluate_states *states)
{
    return frontier_token_pack((struct frontier_token){
        .partition = EVALUATE_STATES_PARTITION,
        .epoch = states->epoch,
        .slot = FRONTIER_TICK,
    });
}

static void send(struct evaluate_loop *loop, struct span body)
{
    const struct kafka_setup_topic *topic = &loop->detect->topics[DETECT_SIGNALS];
    const struct signal signal = {
        .kind = SIGNAL_STATES,
        .detected_us = clock_now_us(clock_system()),
        .revision = loop->set.plan->revision,
        .body = body,
    };
    buf_clear(&loop->text);
    struct json_writer writer = json_writer_to(&loop->text);
    signal_write_json(&signal, &writer);
    loop->states.epoch++;
    loop->states.untold = (uint32_t)topic->partitions;
    loop->states.sent = true;
    for (int32_t i = 0; i < topic->partitions && !loop->client.broken; i++) {
        const struct kafka_message message = {
            .topic = topic->name.ptr,
            .partition = i,
            .key = SPAN("states"),
            .value = buf_view(&loop->text),
            .token = (void *)(uintptr_t)token_of(&loop->states),
        };
        (void)stage_send(&loop->client, &message);
    }
}

bool evaluate_states_are_told(struct evaluate_loop *loop)
{
    struct evaluate_states *states = &loop->states;
    struct buf body = {0};
    if (!states->told && !states->sent) {
        if (plan_states_write(loop->set.plan, &body)) {
            send(loop, buf_view(&body));
        } else {
            states->told = true; /* nothing is said of so many */
        }
        buf_deinit(&body);
    }
    return states->told;
}

void evaluate_states_deliver(struct evaluate_loop *loop, struct frontier_token token,
                             bool confirmed)
{
    struct evaluate_states *states = &loop->states;
    struct frontier_token now = frontier_token_unpack(token_of(states));
    if (token.epoch != now.epoch || !states->sent) {
        return;
    }
    if (!confirmed) {
        states->sent = false; /* all over again */
    } else if (--states->untold == 0) {
        states->told = true;
    }
}

void evaluate_states_renew(struct evaluate_loop *loop)
{
    loop->states.sent = false;
    loop->states.told = false;
}
