/* batch_tell.c: what a batch says in the log beside the signals of its records: which states are in
 * force, how far the sources are; and what ended by it. */
#include "engine/batch_run.h"

#include "model/state_list.h"

struct digest batch_digest(struct span text)
{
    struct digest_state state;
    digest_init(&state);
    digest_field(&state, text);
    return digest_finish(&state);
}

/* What is held back may be, too. */
static bool has_correlated(const struct run *run)
{
    if (held_queue_count(run->held) > 0) {
        return true;
    }
    for (size_t i = 0; i < (run->records->count + SLICE_RECORDS - 1) / SLICE_RECORDS; i++) {
        const struct signal_list *signals = evaluate_stage_signals(run->engine->evaluate, i);
        if (evaluate_stage_held(run->engine->evaluate, i)->count > 0) {
            return true;
        }
        for (size_t k = 0; k < signals->count; k++) {
            if (signals->items[k].correlation.len) {
                return true;
            }
        }
    }
    return false;
}

/* What stands behind the signals already and is for all partitions gets what a place in the log
 * needs, and is folded. */
static void log_for_all(struct run *run, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct signal *signal = &run->signals.items[run->signals.count++];
        signal->sequence = ++run->engine->signal_last;
        signal->detected_us = run->detected_us;
        decide_stage_fold_one(run->engine->decide, signal);
    }
}

/* Which states are in force, where that is not what the log said last (rule 9). */
void batch_tell_states(struct run *run)
{
    struct engine *engine = run->engine;
    struct digest now = batch_digest(buf_view(&engine->states));
    if (engine->states.len == 0 || digest_equals(&now, &engine->states_told)) {
        return;
    }
    engine->states_told = now;
    *batch_room_for(run, 1) = (struct signal){
        .kind = SIGNAL_STATES,
        .watermark_us = INT64_MIN,
        .body = arena_copy(engine->arena, buf_view(&engine->states)),
    };
    log_for_all(run, 1);
}

/* How far the sources are, as far as the log does not say so already. */
void batch_tell_times(struct run *run, struct span except)
{
    struct signal *ticks = batch_room_for(run, source_times_ticks_max(run->engine->times));
    log_for_all(run, source_times_tell(run->engine->times, except, ticks));
}

/* Before signals of correlations: every partition decides by the time of all sources. */
void batch_tell_others(struct run *run)
{
    if (has_correlated(run)) {
        batch_tell_times(run, run->source->name);
    }
    run->first = run->signals.count;
}

/* Time may have passed the end of episodes since the last signal, or what correlations wait for:
 * said in the log. */
void batch_tick(struct run *run)
{
    struct engine *engine = run->engine;
    int64_t watermark_us = batch_told(run);
    bool episodes = decide_stage_is_due(engine->decide, run->source->name, watermark_us);
    bool correlations =
        decide_stage_due_us(engine->decide) <= source_times_low(engine->times);
    size_t before = run->signals.count;
    if (correlations) {
        batch_tell_times(run, SPAN(""));
    }
    /* a late event may make something due at a time that was told already */
    bool told = run->signals.count > before &&
                source_times_is_told(engine->times, run->source->name);
    if ((episodes || correlations) && !told) {
        struct signal *own = batch_room_for(run, 1);
        *own = (struct signal){
            .kind = SIGNAL_TICK,
            .source = run->source->name,
            .event_time_us = watermark_us,
            .watermark_us = watermark_us,
        };
        source_times_replay(engine->times, own);
        log_for_all(run, 1);
    }
}

/* One entry a state, whose groups lay in many partitions. */
static void note_dropped(void *context, const struct decide_dropped *dropped)
{
    struct engine *engine = context;
    size_t place = 0;
    while (place < engine->dropped_count &&
           !digest_equals(&engine->dropped[place].state_id, &dropped->state_id)) {
        place++;
    }
    if (place < engine->dropped_count) {
        engine->dropped[place].groups += dropped->groups;
        return;
    }
    if (place == STATE_LIST_MAX) {
        return; /* of so many the rest is not told */
    }
    if (place == 0) {
        engine->dropped = arena_array(engine->arena, STATE_LIST_MAX, sizeof *engine->dropped);
    }
    engine->dropped[place] = *dropped;
    engine->dropped[place].policy_id = arena_copy(engine->arena, dropped->policy_id);
    engine->dropped_count++;
}

void batch_list_dropped(struct engine *engine)
{
    engine->dropped = NULL;
    engine->dropped_count = 0;
    decide_stage_take_dropped(engine->decide, note_dropped, engine);
}
