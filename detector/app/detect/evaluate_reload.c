/* evaluate_reload.c: changed policies begin a new assignment of every partition, at a position that
 * is committed and told (rule 9): until then nothing more is evaluated. Changed rows of lookups
 * need no such care: verdicts may differ from record to record. */
#include "app/detect/evaluate_loop.h"

static const uint64_t look_interval_ns = UINT64_C(200) * 1000000;

void evaluate_reload_look(struct evaluate_loop *loop)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (lookup_topics_poll(loop->lookup_topics, 0)) {
        reload_touch_lookups(loop->reload);
        loop->rows_changed = true;
    }
    if (!loop->has_fresh && now_ns >= loop->reload_ns) {
        loop->reload_ns = now_ns + look_interval_ns;
        loop->has_fresh = reload_look(loop->reload, &loop->fresh);
        if (loop->rows_changed) {
            lookup_topics_took(loop->lookup_topics, clock_monotonic_ns() - now_ns);
            loop->rows_changed = false;
        }
    }
}

/* Everything that may be is committed and told; what failed has begun anew. What is held back is
 * evaluated under the new set. */
static bool is_still(const struct evaluate_loop *loop)
{
    for (size_t i = 0; i < loop->part_count; i++) {
        const struct evaluate_part *part = loop->parts[i];
        if (part && part->assignment && (!evaluate_part_is(part, FRONTIER_RUNNING) ||
                                         !frontier_is_drained(evaluate_part_frontier(part)))) {
            return false;
        }
    }
    return true;
}

/* Records behind one that is held back are read again. */
static void begin_again(struct evaluate_loop *loop, struct evaluate_part *part)
{
    const struct frontier *frontier = evaluate_part_frontier(part);
    bool back = frontier->read > frontier->committed;
    int64_t from = evaluate_part_again(part, &loop->set.plan->revision);
    if (back) {
        part->seek_due = true;
        part->seek_to = from;
        part->since = UINT64_MAX;
    }
}

static void put(struct evaluate_loop *loop)
{
    evaluate_stage_free(&loop->stage);
    reload_put(loop->reload, &loop->fresh);
    loop->has_fresh = false;
    loop->stage = evaluate_stage_new(worker_pool_count(loop->pool), loop->set.plan,
                                     loop->set.lookups);
    metric_set(metric_of(loop->detect->metrics, METRIC_POLICIES),
               (double)loop->set.plan->policy_count);
}

void evaluate_reload_swap(struct evaluate_loop *loop)
{
    if (!loop->has_fresh) {
        return;
    }
    if (digest_equals(&loop->fresh.plan->revision, &loop->set.plan->revision)) {
        put(loop);
    } else if (is_still(loop)) {
        put(loop);
        evaluate_states_renew(loop);
        for (size_t i = 0; i < loop->part_count; i++) {
            struct evaluate_part *part = loop->parts[i];
            if (part && part->assignment) {
                begin_again(loop, part);
            }
        }
    }
}
