/* decide_loop.c: the decide stage: poll, fold, send alerts, hear reports, commit output positions,
 * write snapshots (docs/RECOVERY.md, part B). It never waits for one of these alone, so that the
 * group and the brokers are always answered. */
#include "app/detect/decide_loop.h"

#include "app/event.h"

enum {
    POLL_WAIT_MS = 100, /* with nothing to do: how late a stop is noticed */
    BUSY_WAIT_MS = 10,  /* while reports are awaited */
    STOP_WAIT_MS = 14000, /* with leaving the group, below the 25 s that a stop may take */
};

static enum command_exit open_clients(struct decide_loop *loop)
{
    const struct detect *detect = loop->detect;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (kafka_admin_new(detect->kafka, &problem, &loop->admin) != STATUS_OK ||
        kafka_reader_new(detect->kafka, detect->topics[DETECT_STATE].name, &problem,
                         &loop->state) != STATUS_OK) {
        return stage_client_failed(&loop->client, &problem);
    }
    return stage_open(&loop->client, DETECT_SIGNALS, decide_group_owner(loop));
}

static void tell_started(const struct decide_loop *loop)
{
    const struct kafka_setup_topic *signals = &loop->detect->topics[DETECT_SIGNALS];
    const struct log_field fields[] = {
        log_text("stage", SPAN("decide")),
        log_text("topic", signals->name),
        log_text("topic_id", signals->id),
        log_number("partitions", signals->partitions),
    };
    event_tell(loop->detect->log, EVENT_STAGE_STARTED, fields, sizeof fields / sizeof *fields);
}

static enum command_exit open_loop(struct decide_loop *loop)
{
    size_t count = (size_t)loop->detect->topics[DETECT_SIGNALS].partitions;
    loop->client = (struct stage){
        .detect = loop->detect,
        .name = SPAN("decide"),
        .beat = health_loop(loop->detect->health, SPAN("decide"), HEALTH_LIMIT_MS),
        .reports = {.context = loop, .delivered = decide_send_delivered},
    };
    loop->seats = arena_array(loop->arena, count, sizeof *loop->seats);
    loop->commits = arena_array(loop->arena, count, sizeof *loop->commits);
    loop->seat_count = count;
    loop->groups = group_counts_new(count);
    for (size_t i = 0; i < count; i++) {
        loop->seats[i].number = (int32_t)i;
    }
    enum command_exit status = open_clients(loop);
    if (status == COMMAND_OK) {
        tell_started(loop);
    }
    return status;
}

/* Reports are awaited, for a commit or the next step of a snapshot. */
static bool is_busy(const struct decide_loop *loop)
{
    for (size_t i = 0; i < loop->seat_count; i++) {
        struct decide_part *part = loop->seats[i].part;
        if (part && (!snapshot_writer_is_idle(decide_part_writer(part)) ||
                     decide_part_output(part) < decide_part_next(part))) {
            return true;
        }
    }
    return false;
}

/* A log that was cut, or is another one, ends the process (rule 16): the next start goes on from a
 * snapshot, or refuses. All else may mend itself. */
static void meet_problem(struct decide_loop *loop, enum status status)
{
    struct kafka_problem problem = kafka_consumer_problem(loop->client.consumer);
    if (status == STATUS_CLOSED) {
        (void)stage_client_failed(&loop->client, &problem);
        return;
    }
    const struct log_field fields[] = {
        log_text("topic", loop->detect->topics[DETECT_SIGNALS].name),
        log_text("problem", kafka_problem_text(&problem)),
        log_text("hint", kafka_problem_hint(problem.trouble)),
    };
    event_tell(loop->detect->log, EVENT_TOPIC_UNREADABLE, fields, sizeof fields / sizeof *fields);
    health_ready(loop->detect->health, SPAN("signals"), false, kafka_problem_text(&problem));
    loop->client.broken =
        problem.trouble == KAFKA_OUT_OF_RANGE || problem.trouble == KAFKA_UNKNOWN_TOPIC;
}

static void poll_consumer(struct decide_loop *loop)
{
    struct kafka_batch *batch = NULL;
    int wait_ms = is_busy(loop) ? BUSY_WAIT_MS : POLL_WAIT_MS;
    enum status status = kafka_consumer_poll(loop->client.consumer, wait_ms, &batch);
    if (status == STATUS_OK) {
        health_ready(loop->detect->health, SPAN("signals"), true, SPAN(""));
        (void)decide_fold_batch(loop, batch);
        kafka_batch_free(&batch);
    } else if (status != STATUS_AGAIN) {
        meet_problem(loop, status);
    }
}

static void commit(struct decide_loop *loop)
{
    uint64_t now_ns = clock_monotonic_ns();
    const struct config *config = loop->detect->config;
    int64_t interval_us = config_root_value(config, CONFIG_DETECT_COMMIT_INTERVAL)->number;
    if (now_ns >= loop->commit_ns) {
        loop->commit_ns = now_ns + (uint64_t)interval_us * 1000;
        decide_group_commit(loop);
    }
}

/* Begins those that are due and goes on with those that are begun. */
static void write_snapshots(struct decide_loop *loop)
{
    uint64_t now_ns = clock_monotonic_ns();
    const struct config *config = loop->detect->config;
    int64_t interval_us = config_root_value(config, CONFIG_DETECT_SNAPSHOT_INTERVAL)->number;
    for (size_t i = 0; i < loop->seat_count && !loop->client.broken; i++) {
        struct decide_seat *seat = &loop->seats[i];
        if (!seat->part || seat->failed) {
            continue;
        }
        if (now_ns >= seat->snapshot_ns && decide_part_may_snapshot(seat->part)) {
            decide_part_snapshot(seat->part);
            decide_look_at_groups(loop, seat);
            seat->began_ns = now_ns;
            seat->snapshot_ns = now_ns + (uint64_t)interval_us * 1000;
        }
        (void)decide_send_state(loop, seat);
    }
}

static void go_round(struct decide_loop *loop)
{
    health_beat(loop->client.beat);
    poll_consumer(loop);
    if (loop->client.broken || !stage_poll(&loop->client, 0)) {
        return;
    }
    decide_group_mend(loop);
    commit(loop);
    write_snapshots(loop);
    decide_look(loop);
    group_watch_look(loop->client.watch);
}

/* What was folded is durable, with a snapshot of it, so that the next owner need not replay. */
static void drain(struct decide_loop *loop)
{
    size_t count = 0;
    struct kafka_part *parts = arena_array(loop->arena, loop->seat_count, sizeof *parts);
    for (size_t i = 0; i < loop->seat_count; i++) {
        if (loop->seats[i].part) {
            parts[count++].partition = loop->seats[i].number;
        }
    }
    decide_group_drain(loop, parts, count, STOP_WAIT_MS);
}

static void close_loop(struct decide_loop *loop)
{
    stage_close(&loop->client);
    kafka_reader_free(&loop->state);
    kafka_admin_free(&loop->admin);
    for (size_t i = 0; i < loop->seat_count; i++) {
        decide_recover_drop(&loop->seats[i]);
    }
    group_counts_free(&loop->groups);
    buf_deinit(&loop->text);
    arena_free(&loop->scratch);
    health_loop_end(loop->client.beat);
}

enum command_exit decide_loop_run(struct detect *detect)
{
    struct arena *arena = arena_new(0);
    struct decide_loop *loop = arena_alloc(arena, sizeof *loop);
    *loop = (struct decide_loop){.detect = detect, .arena = arena, .scratch = arena_new(0)};
    enum command_exit status = open_loop(loop);
    while (status == COMMAND_OK && !loop->client.broken && !detect_stopping(detect)) {
        go_round(loop);
    }
    if (status == COMMAND_OK && !loop->client.broken) {
        drain(loop);
    }
    status = status == COMMAND_OK && loop->client.broken ? COMMAND_ENVIRONMENT : status;
    close_loop(loop);
    arena_free(&arena);
    return status;
}
