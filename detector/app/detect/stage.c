/* stage.c: a full queue is waited for, a refusal is a report, a failure is told once. */
#include "app/detect/stage.h"

#include "app/event.h"

enum {
    NS_PER_MS = 1000000,
    FULL_WAIT_MS = 20,
    STOPPING_WAIT_MS = 10000,
    RETRY_MS_MIN = 500,
    RETRY_MS_MAX = 30000,
    DOUBLINGS_MAX = 8,
};

enum command_exit stage_client_failed(struct stage *stage, const struct kafka_problem *problem)
{
    const struct log_field fields[] = {
        log_text("problem", kafka_problem_text(problem)),
        log_text("hint", kafka_problem_hint(problem->trouble)),
    };
    event_tell(stage->detect->log, EVENT_KAFKA_LOST, fields, 2);
    stage->broken = true;
    return problem->trouble == KAFKA_SETTING ? COMMAND_USAGE : COMMAND_ENVIRONMENT;
}

static struct group_watch *watch_of(const struct stage *stage, enum detect_topic_number topic)
{
    const struct detect *detect = stage->detect;
    const struct group_watch_options options = {
        .consumer = stage->consumer,
        .group = stage->name,
        .topic = detect->topics[topic].name,
        .partitions = detect->topics[topic].partitions,
        .config = detect->config,
        .log = detect->log,
        .metrics = detect->metrics,
        .health = detect->health,
    };
    return group_watch_new(&options);
}

enum command_exit stage_open(struct stage *stage, enum detect_topic_number topic,
                             struct kafka_consumer_owner owner)
{
    const struct detect *detect = stage->detect;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    struct arena *arena = arena_new(512);
    const struct kafka_consumer_options options = {
        .topic = detect->topics[topic].name,
        .group = kafka_setup_name(detect->config, stage->name.ptr, arena),
        .instance = detect->instance,
        .owner = owner,
    };
    bool opened =
        kafka_producer_new(detect->kafka, &stage->reports, &problem, &stage->producer) ==
            STATUS_OK &&
        kafka_consumer_new(detect->kafka, &options, &problem, &stage->consumer) == STATUS_OK;
    arena_free(&arena);
    if (opened) {
        stage->watch = watch_of(stage, topic);
    }
    return opened ? COMMAND_OK : stage_client_failed(stage, &problem);
}

void stage_close(struct stage *stage)
{
    group_watch_free(&stage->watch);
    kafka_consumer_free(&stage->consumer);
    kafka_producer_free(&stage->producer);
}

static bool hold_on(struct stage *stage, enum status status)
{
    if (status == STATUS_CLOSED) {
        struct kafka_problem problem = kafka_producer_problem(stage->producer);
        (void)stage_client_failed(stage, &problem);
    }
    return !stage->broken;
}

bool stage_poll(struct stage *stage, int wait_ms)
{
    return hold_on(stage, kafka_producer_poll(stage->producer, wait_ms));
}

/* STATUS_OK: it is queued. Others: no report will come. */
static enum status send(struct stage *stage, const struct kafka_message *message)
{
    int stopping_ms = 0;
    enum status status = kafka_producer_send(stage->producer, message);
    while (status == STATUS_AGAIN && stage_poll(stage, FULL_WAIT_MS)) {
        health_beat(stage->beat);
        stopping_ms += detect_stopping(stage->detect) ? FULL_WAIT_MS : 0;
        stage->broken = stopping_ms > STOPPING_WAIT_MS;
        status = kafka_producer_send(stage->producer, message);
    }
    return status;
}

bool stage_send(struct stage *stage, const struct kafka_message *message)
{
    enum status status = send(stage, message);
    if (status != STATUS_OK && status != STATUS_CLOSED) {
        struct kafka_delivery refused = {
            .token = message->token,
            .topic = message->topic,
            .problem = {.trouble = status == STATUS_LIMIT ? KAFKA_TOO_LARGE : KAFKA_UNKNOWN_TOPIC},
        };
        struct span text = span_view(status_text(status));
        memcpy(refused.problem.text, text.ptr, text.len);
        stage->reports.delivered(stage->reports.context, &refused);
    }
    return hold_on(stage, status);
}

void stage_tell_undelivered(struct stage *stage, const struct kafka_delivery *delivery)
{
    struct span topic = span_view(delivery->topic);
    const struct log_field fields[] = {
        log_text("topic", topic),
        log_text("problem", kafka_problem_text(&delivery->problem)),
        log_text("hint", kafka_problem_hint(delivery->problem.trouble)),
    };
    event_tell(stage->detect->log, EVENT_DELIVERY_FAILED, fields, sizeof fields / sizeof *fields);
    metric_add(metric_of1(stage->detect->metrics, METRIC_PRODUCE_FAILURES, topic), 1);
}

void stage_count_rebalance(struct stage *stage, size_t assigned)
{
    struct metrics *metrics = stage->detect->metrics;
    metric_add(metric_of1(metrics, METRIC_REBALANCES, stage->name), 1);
    metric_set(metric_of1(metrics, METRIC_ASSIGNED, stage->name), (double)assigned);
}

bool stage_is_acknowledged(struct stage *stage, const struct kafka_problem *problem)
{
    bool acknowledged = problem->trouble == KAFKA_FINE;
    metric_add(metric_of2(stage->detect->metrics, METRIC_COMMITS, stage->name,
                          acknowledged ? SPAN("ok") : SPAN("failed")), 1);
    if (!acknowledged) {
        const struct log_field field = log_text("problem", kafka_problem_text(problem));
        event_tell(stage->detect->log, EVENT_COMMIT_FAILED, &field, 1);
    }
    return acknowledged;
}

struct kafka_problem stage_commit_wait(struct stage *stage, const struct kafka_part *parts,
                                       size_t count, int wait_ms)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    enum status status =
        kafka_consumer_commit_wait(stage->consumer, parts, count, wait_ms, &problem);
    if (status != STATUS_OK && problem.trouble == KAFKA_FINE) {
        problem = (struct kafka_problem){.trouble = KAFKA_AWAY, .text = "not answered"};
    }
    return problem;
}

uint64_t stage_retry_ns(unsigned *failures)
{
    unsigned doublings = *failures < DOUBLINGS_MAX ? (*failures)++ : DOUBLINGS_MAX;
    uint64_t wait_ms = (uint64_t)RETRY_MS_MIN << doublings;
    wait_ms = wait_ms < RETRY_MS_MAX ? wait_ms : RETRY_MS_MAX;
    return clock_monotonic_ns() + wait_ms * NS_PER_MS;
}
