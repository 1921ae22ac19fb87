/* connect_loop.c: opens everything, then goes round: group, checkpoints, reports, one batch. */
#include "app/connect/connect.h"

#include "app/complain.h"
#include "app/event.h"
#include "app/stop.h"

#include <time.h>

static const char loop_name[] = "connect";

static enum command_exit find_topics(struct connect *connect)
{
    static const char *const names[CONNECT_TOPIC_COUNT] = {
        [CONNECT_EVENTS] = "events",
        [CONNECT_CHECKPOINTS] = "checkpoints",
        [CONNECT_QUARANTINE] = "quarantine",
    };
    for (size_t i = 0; i < CONNECT_TOPIC_COUNT; i++) {
        connect->topics[i].name =
            kafka_setup_name(connect->config, names[i], connect->invocation->arena);
    }
    return kafka_setup_topics(connect->invocation, &connect->kafka, connect->topics,
                              CONNECT_TOPIC_COUNT);
}

static enum command_exit open_clients(struct connect *connect)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    const struct kafka_producer_owner owner = {.context = connect, .delivered = connect_delivered};
    const struct kafka_setup_topic *topic = &connect->topics[CONNECT_CHECKPOINTS];
    connect->settings = connect->kafka.settings;
    connect->settings.profile = KAFKA_LOW_LATENCY;
    if (kafka_producer_new(&connect->settings, &owner, &problem, &connect->producer) !=
            STATUS_OK ||
        connect_checkpoints_new(&connect->settings, topic->name, topic->partitions, &problem,
                                &connect->checkpoints) != STATUS_OK) {
        struct span hint = kafka_problem_hint(problem.trouble);
        complain(connect->invocation, hint.len ? hint.ptr : NULL, "%s", problem.text);
        return COMMAND_USAGE;
    }
    return connect_group_join(connect) ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

static enum command_exit open_all(struct connect *connect)
{
    const struct invocation *invocation = connect->invocation;
    enum command_exit status =
        health_service_open(invocation, connect->config, true, &connect->service);
    if (status == COMMAND_OK) {
        connect->beat = health_loop(connect->service.health, span_view(loop_name),
                                    HEALTH_LIMIT_MS);
        status = kafka_setup_init(invocation, connect->config, "connect", connect->service.health,
                                  &connect->kafka);
    }
    if (status == COMMAND_OK) {
        status = connect_feeds_open(connect);
    }
    if (status == COMMAND_OK) {
        status = find_topics(connect);
    }
    return status == COMMAND_OK && !stop_asked() ? open_clients(connect) : status;
}

static void tell_counts(const struct connect *connect, enum event event)
{
    const struct flight_counts *counts = &connect->flight.counts;
    const struct log_field fields[] = {
        log_number("sources", (int64_t)connect->feed_count),
        log_number("read", (int64_t)counts->read),
        log_number("sent", (int64_t)counts->sent),
        log_number("quarantined", (int64_t)counts->quarantined),
        log_number("skipped", (int64_t)counts->skipped),
        log_number("in_flight", (int64_t)connect->flight.messages),
    };
    event_tell(connect->log, event, fields, sizeof fields / sizeof *fields);
}

/* Other replicas' checkpoints, and at the start everybody's. */
static void read_checkpoints(struct connect *connect)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        bool is_read = connect_checkpoints_are_read(connect->checkpoints);
        status = connect_checkpoints_poll(connect->checkpoints, is_read ? 0 : CONNECT_WAIT_MS,
                                          &problem);
        connect_beat(connect);
    }
    if (status == STATUS_IO) {
        connect_tell_problem(connect, connect->topics[CONNECT_CHECKPOINTS].name, &problem);
        connect->failed = true;
    }
}

static bool has_room(const struct connect *connect)
{
    const struct flight *flight = &connect->flight;
    return flight->bytes < CONNECT_BYTES_MAX && flight->messages < CONNECT_MESSAGES_MAX &&
           flight->pages < CONNECT_PAGES_MAX;
}

/* Once round. */
static void go_round(struct connect *connect)
{
    connect_beat(connect);
    connect_group_poll(connect);
    read_checkpoints(connect);
    connect_feeds_look(connect);
    connect_send_checkpoints(connect, false);
    connect_send_poll(connect, has_room(connect) ? 0 : CONNECT_BUSY_WAIT_MS);
    if (connect->failed || !has_room(connect)) {
        return;
    }
    bool is_busy = connect->flight.messages > 0;
    bool is_open = connect_checkpoints_are_read(connect->checkpoints);
    if (is_open && !connect->started) {
        connect->started = true;
        health_service_started(&connect->service);
    }
    if (is_open && connect_feeds_read(connect,
                                      is_busy ? CONNECT_BUSY_WAIT_MS : CONNECT_WAIT_MS)) {
        return;
    }
    connect_send_poll(connect, CONNECT_BUSY_WAIT_MS);
}

static enum command_exit work(struct connect *connect)
{
    tell_counts(connect, EVENT_CONNECT_STARTED);
    while (!connect->failed && !stop_asked() && !connect_feeds_ended(connect)) {
        go_round(connect);
    }
    if (stop_asked()) {
        health_service_stopping(&connect->service);
        event_tell(connect->log, EVENT_STOPPING, NULL, 0);
    }
    if (!connect->failed && !connect_send_drain(connect)) {
        event_tell(connect->log, EVENT_CONNECT_UNDRAINED, NULL, 0);
    }
    tell_counts(connect, EVENT_CONNECT_ENDED);
    return connect->failed ? COMMAND_ENVIRONMENT : COMMAND_OK;
}

static void close_all(struct connect *connect)
{
    connect->failed = true; /* what is given up from here on is repeated by the next start */
    connect_group_leave(connect);
    connect_feeds_close(connect);
    kafka_producer_free(&connect->producer);
    connect_checkpoints_free(&connect->checkpoints);
    flight_deinit(&connect->flight);
    health_loop_end(connect->beat);
    health_service_close(&connect->service);
    arena_free(&connect->record_arena);
    arena_free(&connect->batch_arena);
    buf_deinit(&connect->text);
}

enum command_exit connect_run(const struct invocation *invocation, const struct config *config)
{
    struct connect connect = {
        .invocation = invocation,
        .config = config,
        .log = invocation->log,
        .record_arena = arena_new(0),
        .batch_arena = arena_new(0),
    };
    stop_install();
    enum command_exit status = open_all(&connect);
    if (status == COMMAND_OK && !stop_asked()) {
        status = work(&connect);
    }
    close_all(&connect);
    return status;
}
