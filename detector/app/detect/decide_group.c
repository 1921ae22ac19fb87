/* decide_group.c: what the consumer group gives and takes, and which output positions are committed
 * to it. */
#include "app/detect/decide_loop.h"

#include "app/event.h"
#include "app/health/app_count.h"

enum {
    NS_PER_MS = 1000000,
    REVOKE_WAIT_MS = 10000,
    DRAIN_STEP_MS = 20,
    COMMIT_WAIT_MS = 5000,
};

static void count_assigned(struct decide_loop *loop)
{
    size_t assigned = 0;
    for (size_t i = 0; i < loop->seat_count; i++) {
        assigned += loop->seats[i].part != NULL;
    }
    stage_count_rebalance(&loop->client, assigned);
}

/* Signals that were added while we run: their groups would move to other partitions (rule 11). */
static bool is_known(struct decide_loop *loop, const struct kafka_part *part)
{
    if ((size_t)part->partition < loop->seat_count) {
        return true;
    }
    const struct log_field fields[] = {
        log_text("problem", SPAN("the signals topic got more partitions")),
        log_text("hint", SPAN("what was remembered belongs to the old number: make signals and "
                              "state anew with as many partitions as they are to have")),
    };
    event_tell(loop->detect->log, EVENT_STATE_REFUSED, fields, sizeof fields / sizeof *fields);
    loop->client.broken = true;
    return false;
}

static void assigned(void *context, struct kafka_part *parts, size_t count)
{
    struct decide_loop *loop = context;
    for (size_t i = 0; i < count && !loop->client.broken; i++) {
        if (is_known(loop, &parts[i]) &&
            decide_recover(loop, &loop->seats[parts[i].partition], &parts[i])) {
            struct decide_seat *seat = &loop->seats[parts[i].partition];
            parts[i].start = (int64_t)decide_part_next(seat->part);
        }
    }
    count_assigned(loop);
}

static void let_go(struct decide_loop *loop, struct decide_seat *seat, bool lost)
{
    if (!seat->part) {
        return;
    }
    const struct log_field fields[] = {
        log_text("topic", loop->detect->topics[DETECT_SIGNALS].name),
        log_number("partition", seat->number),
        log_number("output", (int64_t)decide_part_output(seat->part)),
    };
    event_tell(loop->detect->log, lost ? EVENT_PARTITION_LOST : EVENT_PARTITION_LEFT, fields,
               sizeof fields / sizeof *fields);
    decide_recover_drop(seat);
}

static void revoked(void *context, const struct kafka_part *parts, size_t count, bool lost)
{
    struct decide_loop *loop = context;
    if (!lost && !loop->client.broken) {
        decide_group_drain(loop, parts, count, REVOKE_WAIT_MS);
    }
    for (size_t i = 0; i < count; i++) {
        if ((size_t)parts[i].partition < loop->seat_count) {
            let_go(loop, &loop->seats[parts[i].partition], lost);
        }
    }
    count_assigned(loop);
}

static void take_answers(struct decide_loop *loop, const struct kafka_part *parts, size_t count,
                         const struct kafka_problem *problem)
{
    bool acknowledged = stage_is_acknowledged(&loop->client, problem);
    for (size_t i = 0; i < count && acknowledged; i++) {
        struct decide_seat *seat = &loop->seats[parts[i].partition];
        if (seat->part) {
            decide_part_committed(seat->part, (uint64_t)parts[i].offset);
        }
    }
}

static void committed(void *context, const struct kafka_part *parts, size_t count,
                      const struct kafka_problem *problem)
{
    struct decide_loop *loop = context;
    loop->committing = false;
    take_answers(loop, parts, count, problem);
}

static bool stopping(void *context)
{
    const struct decide_loop *loop = context;
    return detect_stopping(loop->detect);
}

struct kafka_consumer_owner decide_group_owner(struct decide_loop *loop)
{
    return (struct kafka_consumer_owner){
        .context = loop, .assigned = assigned, .revoked = revoked, .committed = committed,
        .stopping = stopping};
}

/* The output position with the id of the log that it is of (rule 11). */
static struct kafka_part commit_of(const struct decide_loop *loop, const struct decide_seat *seat)
{
    return (struct kafka_part){
        .partition = seat->number,
        .offset = (int64_t)decide_part_output(seat->part),
        .metadata = loop->detect->topics[DETECT_SIGNALS].id,
    };
}

static bool may_commit(const struct decide_seat *seat)
{
    return seat->part && !seat->failed && decide_part_may_commit(seat->part);
}

void decide_group_commit(struct decide_loop *loop)
{
    size_t count = 0;
    for (size_t i = 0; i < loop->seat_count && !loop->committing; i++) {
        if (may_commit(&loop->seats[i])) {
            loop->commits[count++] = commit_of(loop, &loop->seats[i]);
        }
    }
    if (count) {
        loop->committing =
            kafka_consumer_commit(loop->client.consumer, loop->commits, count) == STATUS_OK;
    }
}

static void begin_again(struct decide_loop *loop, struct decide_seat *seat)
{
    /* the group's position may be behind our own: what lies between was durable all the same */
    const struct kafka_part found = {
        .partition = seat->number,
        .offset = (int64_t)decide_part_output(seat->part),
        .metadata = loop->detect->topics[DETECT_SIGNALS].id,
    };
    const struct log_field fields[] = {
        log_text("topic", loop->detect->topics[DETECT_SIGNALS].name),
        log_number("partition", seat->number),
        log_number("output", found.offset),
    };
    event_tell(loop->detect->log, EVENT_PARTITION_AGAIN, fields, sizeof fields / sizeof *fields);
    app_count_fatal(loop->detect->metrics, SPAN("decide"), clock_now_us(clock_system()));
    if (!decide_recover(loop, seat, &found)) {
        return;
    }
    if (kafka_consumer_seek(loop->client.consumer, seat->number,
                            (int64_t)decide_part_next(seat->part)) != STATUS_OK) {
        seat->failed = true;
    }
}

static void mend(struct decide_loop *loop, struct decide_seat *seat)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (seat->retry_ns == 0) {
        seat->retry_ns = stage_retry_ns(&seat->failures);
    }
    if (now_ns >= seat->retry_ns) {
        begin_again(loop, seat);
        seat->retry_ns = 0;
    }
}

void decide_group_mend(struct decide_loop *loop)
{
    for (size_t i = 0; i < loop->seat_count && !loop->client.broken; i++) {
        if (loop->seats[i].part && loop->seats[i].failed) {
            mend(loop, &loop->seats[i]);
        }
    }
}

static bool is_done(const struct decide_seat *seat)
{
    return !seat->part || seat->failed ||
           (decide_part_output(seat->part) == decide_part_next(seat->part) &&
            !decide_part_may_commit(seat->part) && !decide_part_may_snapshot(seat->part) &&
            snapshot_writer_is_idle(decide_part_writer(seat->part)));
}

/* Begins the last snapshot when the one that is being written is done, and sends what it has. */
static void go_on(struct decide_loop *loop, struct decide_seat *seat)
{
    if (!seat->part || seat->failed) {
        return;
    }
    if (decide_part_may_snapshot(seat->part)) {
        decide_part_snapshot(seat->part);
        seat->began_ns = clock_monotonic_ns();
    }
    (void)decide_send_state(loop, seat);
}

static void commit_and_wait(struct decide_loop *loop, const struct kafka_part *parts, size_t count)
{
    size_t commits = 0;
    if (loop->committing &&
        kafka_consumer_settle(loop->client.consumer, COMMIT_WAIT_MS) != STATUS_OK) {
        return; /* else its answer came by `committed` */
    }
    for (size_t i = 0; i < count; i++) {
        struct decide_seat *seat = &loop->seats[parts[i].partition];
        if (may_commit(seat)) {
            loop->commits[commits++] = commit_of(loop, seat);
        }
    }
    if (commits == 0) {
        return;
    }
    struct kafka_problem problem =
        stage_commit_wait(&loop->client, loop->commits, commits, COMMIT_WAIT_MS);
    take_answers(loop, loop->commits, commits, &problem);
}

/* Positions are committed once, when all output is durable. */
static bool is_output(const struct decide_loop *loop, const struct kafka_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct decide_seat *seat = &loop->seats[parts[i].partition];
        if (seat->part && !seat->failed &&
            decide_part_output(seat->part) < decide_part_next(seat->part)) {
            return false;
        }
    }
    return true;
}

void decide_group_drain(struct decide_loop *loop, const struct kafka_part *parts, size_t count,
                        int wait_ms)
{
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
    for (bool done = false; !done && !loop->client.broken && clock_monotonic_ns() < until_ns;) {
        health_beat(loop->client.beat);
        done = true;
        for (size_t i = 0; i < count; i++) {
            go_on(loop, &loop->seats[parts[i].partition]);
        }
        if (is_output(loop, parts, count)) {
            commit_and_wait(loop, parts, count);
        }
        for (size_t i = 0; i < count; i++) {
            done = done && is_done(&loop->seats[parts[i].partition]);
        }
        if (!done) {
            (void)stage_poll(&loop->client, DRAIN_STEP_MS);
        }
    }
}
