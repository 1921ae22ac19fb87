/* evaluate_part.c: assignments of one partition, one after the other. */
#include "app/detect/evaluate_part.h"

#include "base/check.h"

/* What was decoded when it was judged (assignment_start_of), or acknowledged as ours. */
static void begin(struct evaluate_part *part, const struct digest *revision)
{
    check(assignment_begin(part->assignment, part->committed, buf_view(&part->metadata),
                           revision) == STATUS_OK);
    part->tick_due = true;
    part->taken = part->committed;
    part->counted = assignment_ledger(part->assignment);
}

void evaluate_part_take(struct evaluate_part *part, const struct assignment_options *options,
                        const struct assignment_start *start, const struct digest *revision,
                        uint64_t turn)
{
    bool from_beginning = start->kind == ASSIGNMENT_FIRST || start->kind == ASSIGNMENT_ANEW;
    check(!part->assignment);
    buf_clear(&part->metadata);
    buf_append(&part->metadata, start->metadata);
    part->committed = start->position;
    part->origin = from_beginning ? KAFKA_OFFSET_BEGINNING : start->position;
    part->advanced = false;
    part->polled = start->position;
    part->since = turn;
    part->seek_due = false;
    part->failures = 0;
    part->retry_ns = 0;
    struct assignment_options numbered = *options;
    numbered.epoch = part->epoch;
    part->assignment = assignment_new(&numbered);
    begin(part, revision);
}

void evaluate_part_drop(struct evaluate_part *part)
{
    if (part->assignment) {
        part->epoch = evaluate_part_frontier(part)->epoch;
    }
    assignment_free(&part->assignment);
    buf_deinit(&part->metadata);
    buf_deinit(&part->committing);
    part->tick_due = false;
}

int64_t evaluate_part_again(struct evaluate_part *part, const struct digest *revision)
{
    check(!evaluate_part_frontier(part)->committing);
    assignment_end(part->assignment);
    begin(part, revision);
    return part->advanced ? part->committed : part->origin;
}

struct kafka_part evaluate_part_commit(struct evaluate_part *part)
{
    buf_clear(&part->committing);
    part->committing_epoch = evaluate_part_frontier(part)->epoch;
    part->to_count = assignment_ledger(part->assignment);
    int64_t position = assignment_commit(part->assignment, &part->committing);
    return (struct kafka_part){
        .partition = part->number,
        .offset = position,
        .metadata = buf_view(&part->committing),
    };
}

bool evaluate_part_committed(struct evaluate_part *part, bool acknowledged)
{
    const struct frontier *frontier = evaluate_part_frontier(part);
    if (!frontier->committing || frontier->epoch != part->committing_epoch) {
        return false;
    }
    part->tick_due = assignment_acknowledge(part->assignment, part->committing_epoch, acknowledged);
    if (acknowledged) {
        struct buf old = part->metadata;
        part->metadata = part->committing;
        part->committing = old;
        part->committed = frontier->committed;
        part->advanced = true;
        part->failures = 0;
    }
    return acknowledged;
}
