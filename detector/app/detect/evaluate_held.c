/* evaluate_held.c: matches that are held back (grace): once the time of their partition is past
 * theirs, they are asked again with the rows of now, in a stretch without records. Their own offset
 * is at or above the committed position, which they have kept (rule 8). */
#include "app/detect/evaluate_loop.h"

#include "app/health/app_count.h"

enum { ASKED_MAX = 4096 }; /* of a partition in one round: the group wants to be answered */

static bool is_due(struct evaluate_part *part)
{
    bool hurried;
    return part && evaluate_part_is(part, FRONTIER_RUNNING) &&
           frontier_has_room(evaluate_part_frontier(part)) &&
           assignment_due(part->assignment, &hurried);
}

/* Gives how many were asked. */
static size_t ask(struct evaluate_loop *loop, struct assignment *assignment,
                  struct signal_list *said)
{
    struct evaluate_asking asking = {.source = assignment_source(assignment),
                                     .detected_us = clock_now_us(clock_system())};
    const struct held_match *match;
    size_t asked = 0;
    while (asked < ASKED_MAX && (match = assignment_due(assignment, &asking.hurried))) {
        evaluate_stage_ask(loop->stage, match, &asking, said);
        assignment_release(assignment);
        asked++;
    }
    return asked;
}

static bool release(struct evaluate_loop *loop, struct evaluate_part *part)
{
    struct signal_list said = {0};
    bool fine = true;
    if (ask(loop, part->assignment, &said) == 0) {
        return true;
    }
    uint64_t token = assignment_add(part->assignment, evaluate_part_frontier(part)->read,
                                    (uint32_t)said.count);
    for (size_t i = 0; i < said.count && fine; i++) {
        said.items[i].watermark_us = INT64_MIN; /* only ticks tell it (rule 5) */
        fine = evaluate_send_signal(loop, &said.items[i], token);
    }
    return fine;
}

bool evaluate_held_release(struct evaluate_loop *loop)
{
    static const struct evaluate_records nothing = {.count = 0};
    bool due = false;
    for (size_t i = 0; i < loop->part_count && !due; i++) {
        due = is_due(loop->parts[i]);
    }
    if (!due || loop->has_fresh) {
        return true;
    }
    evaluate_stage_run(loop->stage, loop->pool, &nothing); /* texts of the batch before end here */
    for (size_t i = 0; i < loop->part_count && !loop->client.broken; i++) {
        if (is_due(loop->parts[i])) {
            (void)release(loop, loop->parts[i]);
        }
    }
    evaluate_batch_count(loop);
    return !loop->client.broken;
}

void evaluate_held_measure(const struct evaluate_loop *loop)
{
    size_t count = 0;
    int64_t since_us = INT64_MAX;
    for (size_t i = 0; i < loop->part_count; i++) {
        const struct held_match *oldest = NULL;
        if (loop->parts[i] && loop->parts[i]->assignment) {
            count += assignment_held(loop->parts[i]->assignment, &oldest);
            since_us = oldest && oldest->detected_us < since_us ? oldest->detected_us : since_us;
        }
    }
    app_count_held(loop->detect->metrics, count, since_us, clock_now_us(clock_system()));
}
