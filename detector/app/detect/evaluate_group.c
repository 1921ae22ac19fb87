/* evaluate_group.c: what the consumer group gives and takes, and what is committed to it. */
#include "app/detect/evaluate_loop.h"

#include "app/event.h"
#include "app/health/app_count.h"
#include "base/check.h"

#include <stdlib.h>

enum {
    NS_PER_MS = 1000000,
    REVOKE_WAIT_MS = 10000,
    DRAIN_STEP_MS = 20,
    COMMIT_WAIT_MS = 5000,
};

struct evaluate_part *evaluate_loop_part(struct evaluate_loop *loop, int32_t number)
{
    check(number >= 0);
    size_t wanted = (size_t)number + 1;
    if (wanted > loop->part_count) {
        struct evaluate_part **parts =
            realloc(loop->parts, wanted * sizeof(struct evaluate_part *));
        struct kafka_part *commits = realloc(loop->commits, wanted * sizeof *commits);
        if (!parts || !commits) {
            check_memory_exhausted(wanted * sizeof *commits);
        }
        memset(parts + loop->part_count, 0,
               (wanted - loop->part_count) * sizeof(struct evaluate_part *));
        loop->parts = parts;
        loop->commits = commits;
        loop->part_count = wanted;
    }
    if (!loop->parts[number]) {
        loop->parts[number] = arena_alloc(loop->arena, sizeof(struct evaluate_part));
        loop->parts[number]->number = number;
    }
    return loop->parts[number];
}

static void tell_start(const struct evaluate_loop *loop, const struct evaluate_part *part,
                       const struct assignment_start *start)
{
    static const enum event told[] = {
        [ASSIGNMENT_FIRST] = EVENT_PARTITION_FIRST,
        [ASSIGNMENT_RESUMED] = EVENT_PARTITION_RESUMED,
        [ASSIGNMENT_ANEW] = EVENT_TOPIC_ANEW,
        [ASSIGNMENT_REWOUND] = EVENT_PARTITION_REWOUND,
    };
    const struct log_field fields[] = {
        log_text("source", assignment_source(part->assignment)),
        log_number("position", start->position),
        log_text("topic_before", start->topic_id),
    };
    event_tell(loop->detect->log, told[start->kind], fields,
               start->kind == ASSIGNMENT_ANEW ? 3 : 2);
}

void evaluate_group_take(struct evaluate_loop *loop, struct evaluate_part *part,
                         const struct assignment_start *start)
{
    const struct detect *detect = loop->detect;
    const struct assignment_options options = {
        .topic = detect->topics[DETECT_EVENTS].name,
        .identity = start->identity,
        .partition = (uint32_t)part->number,
        .tells = (uint32_t)detect->topics[DETECT_SIGNALS].partitions,
        .idle_after_us = config_root_value(detect->config, CONFIG_DETECT_IDLE_AFTER)->number,
    };
    evaluate_part_take(part, &options, start, &loop->set.plan->revision, loop->turn);
    tell_start(loop, part, start);
}

static void count_assigned(struct evaluate_loop *loop)
{
    size_t assigned = 0;
    for (size_t i = 0; i < loop->part_count; i++) {
        assigned += loop->parts[i] && loop->parts[i]->assignment;
    }
    stage_count_rebalance(&loop->client, assigned);
}

static void assigned(void *context, struct kafka_part *parts, size_t count)
{
    struct evaluate_loop *loop = context;
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < count; i++) {
        struct evaluate_part *part = evaluate_loop_part(loop, parts[i].partition);
        const struct assignment_found found = {
            .topic_id = loop->detect->topics[DETECT_EVENTS].id,
            .committed = parts[i].offset,
            .metadata = parts[i].metadata,
            .now_us = clock_now_us(clock_system()),
        };
        struct assignment_start start = assignment_start_of(&found, arena);
        if (part->assignment) {
            evaluate_part_drop(part);
        }
        evaluate_group_take(loop, part, &start);
        parts[i].start = part->origin;
    }
    count_assigned(loop);
    arena_free(&arena);
}

static void revoked(void *context, const struct kafka_part *parts, size_t count, bool lost)
{
    struct evaluate_loop *loop = context;
    if (!lost) {
        evaluate_group_drain(loop, parts, count, REVOKE_WAIT_MS);
    }
    for (size_t i = 0; i < count; i++) {
        struct evaluate_part *part = evaluate_loop_part(loop, parts[i].partition);
        if (part->assignment) {
            const struct log_field fields[] = {
                log_text("source", assignment_source(part->assignment)),
                log_number("position", part->committed),
            };
            event_tell(loop->detect->log, lost ? EVENT_PARTITION_LOST : EVENT_PARTITION_LEFT,
                       fields, 2);
            evaluate_part_drop(part);
        }
    }
    count_assigned(loop);
}

static void count_committed(struct evaluate_loop *loop, struct evaluate_part *part)
{
    const struct store_ledger *now = &part->to_count;
    const struct store_ledger *told = &part->counted;
    const struct store_ledger more = {
        .read = now->read - told->read,
        .evaluated = now->evaluated - told->evaluated,
        .quarantined = now->quarantined - told->quarantined,
        .skipped = now->skipped - told->skipped,
    };
    app_count_ledger(loop->detect->metrics, loop->detect->topics[DETECT_EVENTS].name, &more);
    part->counted = part->to_count;
}

static void take_answer(struct evaluate_loop *loop, int32_t partition, bool acknowledged)
{
    struct evaluate_part *part = evaluate_loop_part(loop, partition);
    if (part->assignment && evaluate_part_committed(part, acknowledged)) {
        count_committed(loop, part);
    }
}

static void take_answers(struct evaluate_loop *loop, const struct kafka_part *parts, size_t count,
                         const struct kafka_problem *problem)
{
    bool acknowledged = stage_is_acknowledged(&loop->client, problem);
    for (size_t i = 0; i < count; i++) {
        take_answer(loop, parts[i].partition, acknowledged);
    }
}

static void committed(void *context, const struct kafka_part *parts, size_t count,
                      const struct kafka_problem *problem)
{
    take_answers(context, parts, count, problem);
}

static bool stopping(void *context)
{
    const struct evaluate_loop *loop = context;
    return detect_stopping(loop->detect);
}

struct kafka_consumer_owner evaluate_group_owner(struct evaluate_loop *loop)
{
    return (struct kafka_consumer_owner){
        .context = loop, .assigned = assigned, .revoked = revoked, .committed = committed,
        .stopping = stopping};
}

static bool may_commit(const struct evaluate_part *part)
{
    return part && part->assignment && frontier_may_commit(evaluate_part_frontier(part));
}

void evaluate_group_commit(struct evaluate_loop *loop)
{
    static const struct kafka_problem refused = {.trouble = KAFKA_AWAY, .text = "not sent"};
    size_t count = 0;
    for (size_t i = 0; i < loop->part_count; i++) {
        if (may_commit(loop->parts[i])) {
            loop->commits[count++] = evaluate_part_commit(loop->parts[i]);
        }
    }
    if (count && kafka_consumer_commit(loop->client.consumer, loop->commits, count) != STATUS_OK) {
        take_answers(loop, loop->commits, count, &refused); /* tried again with the next */
    }
}

/* One step of a drain: commits what can be, and waits for the answer. */
static void commit_some(struct evaluate_loop *loop, const struct kafka_part *parts, size_t count,
                        int wait_ms)
{
    size_t commits = 0;
    bool waiting = false;
    for (size_t i = 0; i < count; i++) {
        struct evaluate_part *part = evaluate_loop_part(loop, parts[i].partition);
        waiting = waiting || (part->assignment && evaluate_part_frontier(part)->committing);
    }
    if (waiting && kafka_consumer_settle(loop->client.consumer, wait_ms) != STATUS_OK) {
        return; /* else its answer came by `committed` */
    }
    for (size_t i = 0; i < count; i++) {
        struct evaluate_part *part = evaluate_loop_part(loop, parts[i].partition);
        if (may_commit(part)) {
            loop->commits[commits++] = evaluate_part_commit(part);
        }
    }
    if (commits) {
        struct kafka_problem problem =
            stage_commit_wait(&loop->client, loop->commits, commits, wait_ms);
        take_answers(loop, loop->commits, commits, &problem);
    }
}

static bool all_done(struct evaluate_loop *loop, const struct kafka_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!evaluate_part_is_done(evaluate_loop_part(loop, parts[i].partition))) {
            return false;
        }
    }
    return true;
}

void evaluate_group_drain(struct evaluate_loop *loop, const struct kafka_part *parts, size_t count,
                          int wait_ms)
{
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
    while (!all_done(loop, parts, count) && clock_monotonic_ns() < until_ns) {
        health_beat(loop->client.beat);
        if (!evaluate_send_ticks(loop) || !stage_poll(&loop->client, DRAIN_STEP_MS)) {
            return;
        }
        commit_some(loop, parts, count, COMMIT_WAIT_MS);
    }
}

static void mend(struct evaluate_loop *loop, struct evaluate_part *part)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (part->retry_ns == 0) {
        part->retry_ns = stage_retry_ns(&part->failures);
    }
    if (now_ns < part->retry_ns || evaluate_part_frontier(part)->committing) {
        return;
    }
    const struct log_field fields[] = {
        log_text("source", assignment_source(part->assignment)),
        log_number("position", part->committed),
    };
    event_tell(loop->detect->log, EVENT_PARTITION_AGAIN, fields, 2);
    int64_t from = part->advanced ? part->committed : part->origin;
    if (kafka_consumer_seek(loop->client.consumer, part->number, from) == STATUS_OK) {
        (void)evaluate_part_again(part, &loop->set.plan->revision);
        part->since = loop->turn + 1;
    }
    part->retry_ns = 0;
}

void evaluate_group_mend(struct evaluate_loop *loop)
{
    bool failed = false;
    for (size_t i = 0; i < loop->part_count; i++) {
        struct evaluate_part *part = loop->parts[i];
        if (part && evaluate_part_is(part, FRONTIER_FAILED)) {
            mend(loop, part);
            failed = true;
        }
    }
    health_ready(loop->detect->health, SPAN("evaluate"), !failed,
                 failed ? SPAN("signals of a partition are not taken; it begins anew") : SPAN(""));
}

void evaluate_group_drop(struct evaluate_loop *loop)
{
    for (size_t i = 0; i < loop->part_count; i++) {
        if (loop->parts[i]) {
            evaluate_part_drop(loop->parts[i]);
        }
    }
    free(loop->parts);
    free(loop->commits);
    loop->parts = NULL;
    loop->commits = NULL;
    loop->part_count = 0;
}
