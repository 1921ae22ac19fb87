/* batch_held.c: matches that a batch holds back (grace), and those that are asked again because
 * time has come past them (docs/RECOVERY.md, rules 8 and 21). */
#include "engine/batch_run.h"

void engine_restore_held(struct engine *engine, struct span source, const struct held_match *match)
{
    held_queue_add(held_sources_get(engine->held, source), match);
}

struct engine_held engine_held(const struct engine *engine)
{
    return held_sources_sum(engine->held);
}

void engine_held_each(const struct engine *engine, engine_held_fn each, void *context)
{
    held_sources_each(engine->held, each, context);
}

int64_t engine_held_us(struct engine *engine, const struct engine_source *source)
{
    struct held_queue *queue = held_sources_get(engine->held, source->name);
    int64_t lacking_us = 0;
    bool holds = held_queue_count(queue) > 0;
    if (holds && !__builtin_sub_overflow(held_queue_latest_due(queue), source->watermark_us,
                                         &lacking_us)) {
        return lacking_us > 0 ? lacking_us : 0;
    }
    return 0;
}

int64_t batch_told_of(struct held_queue *held, int64_t watermark_us)
{
    const struct held_match *oldest = held_queue_oldest(held);
    return oldest ? oldest->told_us : watermark_us;
}

int64_t batch_told(const struct run *run)
{
    return batch_told_of(run->held, run->watermark_us);
}

struct signal *batch_room_for(struct run *run, size_t count)
{
    signal_list_reserve(&run->signals, run->signals.count + count, run->engine->arena);
    return &run->signals.items[run->signals.count];
}

void batch_take_signal(struct run *run, const struct signal *made)
{
    struct signal *signal = batch_room_for(run, 1);
    run->signals.count++;
    *signal = *made;
    signal->sequence = ++run->engine->signal_last;
    signal->watermark_us = batch_told(run);
}

void batch_begin(struct run *run)
{
    struct engine *engine = run->engine;
    arena_reset(engine->arena);
    decide_stage_begin(engine->decide);
    run->held = held_sources_get(engine->held, run->source->name);
    run->held_before = held_queue_last(run->held);
    /* all that the store holds back may be let go */
    run->let_go = arena_array(engine->arena, held_queue_count(run->held), sizeof *run->let_go);
}

/* Asks the match that is due first again; what it says now goes into the log. */
static void ask_again(struct run *run, bool hurried)
{
    const struct held_match *match = held_queue_next_due(run->held);
    const struct evaluate_asking asking = {run->source->name, run->detected_us, hurried};
    struct signal_list said = {0};
    evaluate_stage_ask(run->engine->evaluate, match, &asking, &said);
    for (size_t i = 0; i < said.count; i++) {
        batch_take_signal(run, &said.items[i]);
    }
    if (match->number <= run->held_before) {
        run->let_go[run->let_go_count++] = match->number;
    }
    held_queue_remove_next(run->held);
}

void batch_ask_due(struct run *run)
{
    const struct held_match *match;
    while ((match = held_queue_next_due(run->held)) && match->due_us <= run->watermark_us) {
        ask_again(run, false);
    }
}

void batch_ask_all(struct run *run)
{
    while (held_queue_count(run->held) > 0) {
        ask_again(run, false);
    }
}

void batch_hold(struct run *run, const struct held_match *matches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct held_match match = matches[i];
        match.told_us = run->watermark_us;
        while (held_queue_is_full(run->held, match.bytes.len)) {
            ask_again(run, true);
        }
        held_queue_add(run->held, &match);
    }
}

void batch_list_held(const struct run *run, struct store_batch *out)
{
    size_t added = (size_t)(held_queue_last(run->held) - run->held_before);
    struct held_match *held = arena_array(run->engine->arena, added, sizeof *held);
    out->held_count = held_queue_after(run->held, run->held_before, held);
    out->held = held;
    out->let_go = run->let_go;
    out->let_go_count = run->let_go_count;
}
