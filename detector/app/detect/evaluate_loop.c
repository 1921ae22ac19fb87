/* evaluate_loop.c: the evaluate stage: poll, evaluate, send, hear reports, commit, tell. It never
 * waits for one of these alone, so that the group and the brokers are always answered. */
#include "app/detect/evaluate_loop.h"

#include "app/complain.h"
#include "app/event.h"
#include "kafka/kafka_admin.h"

enum {
    POLL_WAIT_MS = 100,   /* with nothing to do: how late a stop or a reload is noticed */
    HELD_WAIT_MS = 5,     /* while something is waited for that only reports bring */
    STOP_WAIT_MS = 14000, /* with leaving the group, below the 25 s that a stop may take */
};

static enum command_exit open_clients(struct evaluate_loop *loop)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (kafka_admin_new(loop->detect->kafka, &problem, &loop->admin) != STATUS_OK) {
        return stage_client_failed(&loop->client, &problem);
    }
    return stage_open(&loop->client, DETECT_EVENTS, evaluate_group_owner(loop));
}

static enum command_exit load_policies(struct evaluate_loop *loop)
{
    const struct detect *detect = loop->detect;
    struct diag_list diags = diag_list_in(loop->arena);
    loop->lookup_topics = lookup_topics_new(loop->detect);
    loop->reload = reload_new(detect->config, &loop->set, detect->metrics, detect->log);
    reload_set_feed(loop->reload, lookup_topics_feed(loop->lookup_topics));
    enum status status = reload_first(loop->reload, &diags);
    while (status == STATUS_AGAIN && !detect_stopping(detect)) {
        health_beat(loop->client.beat);
        if (lookup_topics_poll(loop->lookup_topics, POLL_WAIT_MS)) {
            diags = diag_list_in(loop->arena);
            status = reload_first(loop->reload, &diags);
            lookup_topics_took(loop->lookup_topics, 0);
        }
    }
    if (status == STATUS_AGAIN) {
        return COMMAND_OK; /* asked to stop before there was anything to do */
    }
    event_tell_diags(detect->log, &diags);
    if (status != STATUS_OK) {
        complain(detect->invocation, "deltaward policy check PATH shows the same without running",
                 "the policies cannot be used (%zu error%s)", diags.errors,
                 diags.errors == 1 ? "" : "s");
        return COMMAND_USAGE;
    }
    return COMMAND_OK;
}

static void tell_started(const struct evaluate_loop *loop)
{
    char revision[DIGEST_HEX_LENGTH + 1];
    digest_hex(&loop->set.plan->revision, revision);
    const struct log_field fields[] = {
        log_text("stage", SPAN("evaluate")),
        log_number("policies", (int64_t)loop->set.plan->policy_count),
        log_number("lookups", (int64_t)loop->set.plan->lookup_count),
        log_number("threads", (int64_t)worker_pool_count(loop->pool)),
        log_text("revision", span_view(revision)),
        log_text("topic", loop->detect->topics[DETECT_EVENTS].name),
        log_text("topic_id", loop->detect->topics[DETECT_EVENTS].id),
    };
    event_tell(loop->detect->log, EVENT_STAGE_STARTED, fields, sizeof fields / sizeof *fields);
    metric_set(metric_of(loop->detect->metrics, METRIC_POLICIES),
               (double)loop->set.plan->policy_count);
}

static enum command_exit open_loop(struct evaluate_loop *loop)
{
    struct detect *detect = loop->detect;
    size_t threads = (size_t)config_root_value(detect->config, CONFIG_THREADS)->number;
    loop->quarantine_bytes_max = SIZE_MAX;
    loop->client = (struct stage){
        .detect = loop->detect,
        .name = SPAN("evaluate"),
        .beat = health_loop(loop->detect->health, SPAN("evaluate"), HEALTH_LIMIT_MS),
        .reports = {.context = loop, .delivered = evaluate_send_delivered},
    };
    enum command_exit status = load_policies(loop);
    if (status == COMMAND_OK && loop->set.plan) {
        loop->pool = worker_pool_new(threads);
        loop->stage = evaluate_stage_new(threads, loop->set.plan, loop->set.lookups);
        loop->batch = evaluate_batch_new();
        status = open_clients(loop);
    }
    if (status == COMMAND_OK && loop->set.plan) {
        tell_started(loop);
    }
    return status;
}

/* Everything of a batch but its records is dealt with at once. */
static void take_batch(struct evaluate_loop *loop, struct kafka_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct kafka_record *record = &batch->records[i];
        struct evaluate_part *part = evaluate_loop_part(loop, record->partition);
        if (loop->turn >= part->since) {
            part->polled = record->offset + 1;
        }
    }
    for (size_t i = 0; i < batch->end_count; i++) {
        const struct kafka_end *end = &batch->ends[i];
        struct evaluate_part *part = evaluate_loop_part(loop, end->partition);
        if (part->assignment && loop->turn >= part->since && part->polled <= part->taken) {
            const struct frontier *frontier = evaluate_part_frontier(part);
            /* at the end there may be marks of the broker's own, which are no records */
            int64_t read = end->offset >= frontier->read ? frontier->read : end->offset;
            part->tick_due |= assignment_idle(part->assignment, read, end->fetched_us);
        }
    }
    evaluate_inbox_put(&loop->inbox, batch, loop->turn);
    evaluate_trouble_pass(loop);
}

/* Something waits for reports, which come by the producer. */
static bool is_held(const struct evaluate_loop *loop)
{
    bool held = loop->inbox.count > 0 || loop->has_fresh;
    for (size_t i = 0; i < loop->part_count && !held; i++) {
        held = loop->parts[i] && evaluate_part_is(loop->parts[i], FRONTIER_OPENING);
    }
    return held;
}

static void meet_problem(struct evaluate_loop *loop, enum status status)
{
    struct kafka_problem problem = kafka_consumer_problem(loop->client.consumer);
    if (status == STATUS_CLOSED) {
        (void)stage_client_failed(&loop->client, &problem);
    } else {
        evaluate_trouble_meet(loop, &problem);
    }
}

static void poll_consumer(struct evaluate_loop *loop)
{
    struct kafka_batch *batch = NULL;
    if (evaluate_inbox_is_full(&loop->inbox)) {
        return;
    }
    loop->turn++;
    enum status status =
        kafka_consumer_poll(loop->client.consumer, is_held(loop) ? 0 : POLL_WAIT_MS, &batch);
    if (status == STATUS_OK) {
        take_batch(loop, batch);
    } else if (status != STATUS_AGAIN) {
        meet_problem(loop, status);
    }
}

/* Takes more of what is there already, up to a whole micro-batch. */
static void poll_more(struct evaluate_loop *loop)
{
    size_t records = 0;
    for (size_t before = 0; loop->inbox.count > before && !loop->client.broken &&
                            !evaluate_inbox_is_full(&loop->inbox) &&
                            records + KAFKA_BATCH_RECORDS_MAX <= SOURCE_BATCH_RECORDS_MAX;) {
        before = loop->inbox.count;
        records += loop->inbox.parcels[before - 1].batch->count;
        poll_consumer(loop);
    }
}

static void commit(struct evaluate_loop *loop)
{
    uint64_t now_ns = clock_monotonic_ns();
    const struct config *config = loop->detect->config;
    int64_t interval_us = config_root_value(config, CONFIG_DETECT_COMMIT_INTERVAL)->number;
    if (now_ns >= loop->commit_ns || loop->has_fresh) {
        loop->commit_ns = now_ns + (uint64_t)interval_us * 1000;
        evaluate_group_commit(loop);
    }
}

static void go_round(struct evaluate_loop *loop)
{
    health_beat(loop->client.beat);
    poll_consumer(loop);
    poll_more(loop);
    if (loop->client.broken || !evaluate_send_ticks(loop) || !evaluate_batch_run(loop) ||
        !evaluate_held_release(loop)) {
        return;
    }
    if (!stage_poll(&loop->client, is_held(loop) ? HELD_WAIT_MS : 0)) {
        return;
    }
    evaluate_group_mend(loop);
    commit(loop);
    evaluate_reload_look(loop);
    evaluate_reload_swap(loop);
    evaluate_trouble_watch(loop);
    evaluate_measure(loop);
    group_watch_look(loop->client.watch);
}

/* What was read is committed and told, what was only polled is given back. */
static void drain(struct evaluate_loop *loop)
{
    size_t count = 0;
    struct kafka_part *parts = arena_array(loop->arena, loop->part_count, sizeof *parts);
    for (size_t i = 0; i < loop->part_count; i++) {
        if (loop->parts[i] && loop->parts[i]->assignment) {
            parts[count++].partition = loop->parts[i]->number;
        }
    }
    evaluate_group_drain(loop, parts, count, STOP_WAIT_MS);
}

static void close_loop(struct evaluate_loop *loop)
{
    evaluate_inbox_drop(&loop->inbox, loop->inbox.count);
    stage_close(&loop->client);
    kafka_admin_free(&loop->admin);
    evaluate_group_drop(loop);
    evaluate_batch_free(&loop->batch);
    if (loop->stage) {
        evaluate_stage_free(&loop->stage);
        worker_pool_free(&loop->pool);
    }
    reload_free(&loop->reload);
    lookup_topics_free(&loop->lookup_topics);
    policy_set_deinit(&loop->fresh);
    policy_set_deinit(&loop->set);
    buf_deinit(&loop->text);
    buf_deinit(&loop->key);
    health_loop_end(loop->client.beat);
}

enum command_exit evaluate_loop_run(struct detect *detect)
{
    struct arena *arena = arena_new(0);
    struct evaluate_loop *loop = arena_alloc(arena, sizeof *loop);
    *loop = (struct evaluate_loop){.detect = detect, .arena = arena};
    enum command_exit status = open_loop(loop);
    while (status == COMMAND_OK && !loop->client.broken && !detect_stopping(detect)) {
        go_round(loop);
    }
    if (status == COMMAND_OK && loop->client.consumer && !loop->client.broken) {
        drain(loop);
    }
    status = loop->client.broken ? COMMAND_ENVIRONMENT : status;
    close_loop(loop);
    arena_free(&arena);
    return status;
}
