/* command_notify.c: `deltaward notify`: alerts from Kafka to the sinks, each in a thread. */
#include "app/complain.h"
#include "app/event.h"
#include "app/health/health_service.h"
#include "app/notify/notify_worker.h"
#include "app/start.h"
#include "app/stop.h"
#include "base/check.h"

#include <pthread.h>
#include <time.h>

static const struct option_example examples[] = {
    {"deltaward notify --config deltaward.yaml",
     "send what comes to deltaward.alerts to the sinks that the routes name"},
    {NULL, NULL},
};

enum { LOOK_MS = 100 };

/* One sink in its thread. */
struct runner {
    struct notify_worker *worker;
    pthread_t thread;
};

struct crew {
    struct notify notify;
    struct kafka_setup kafka;
    struct health_service service;
    struct runner *runners;
    size_t count;
};

static void *run_worker(void *argument)
{
    struct runner *runner = argument;
    notify_worker_run(runner->worker);
    return NULL;
}

static bool usable(const struct invocation *invocation, const struct config *config)
{
    if (!config_root_value(config, CONFIG_SINKS)->count) {
        complain(invocation, "`sinks` in the configuration file names them: {name: topic, "
                 "type: sns, topic: arn:aws:sns:...}", "there is no sink");
        return false;
    }
    return true;
}

static enum command_exit find_topics(struct crew *crew)
{
    struct notify *notify = &crew->notify;
    struct arena *arena = notify->invocation->arena;
    struct kafka_setup_topic topics[] = {
        {.name = kafka_setup_name(notify->config, "alerts", arena)},
        {.name = kafka_setup_name(notify->config, "undelivered", arena)},
    };
    enum command_exit status = kafka_setup_topics(notify->invocation, &crew->kafka, topics, 2);
    notify->alerts = topics[0];
    notify->undelivered = topics[1];
    if (status == COMMAND_OK && topics[0].partitions > NOTIFY_PARTITIONS_MAX) {
        complain(notify->invocation, "make the topic anew with fewer",
                 "%.*s has %d partitions; %d are the most", SPAN_ARG(topics[0].name),
                 topics[0].partitions, NOTIFY_PARTITIONS_MAX);
        return COMMAND_ENVIRONMENT;
    }
    return status;
}

static enum command_exit make_workers(struct crew *crew)
{
    const struct invocation *invocation = crew->notify.invocation;
    const struct config_value *sinks = config_root_value(crew->notify.config, CONFIG_SINKS);
    crew->runners = arena_array(invocation->arena, sinks->count, sizeof *crew->runners);
    for (size_t i = 0; i < sinks->count; i++) {
        struct span problem = {0};
        enum status status = notify_worker_new(&crew->notify, &sinks->items[i], &problem,
                                               &crew->runners[i].worker);
        if (status != STATUS_OK) {
            complain(invocation, NULL, "sink %.*s: %.*s",
                     SPAN_ARG(config_text(&sinks->items[i], CONFIG_SINK_NAME)), SPAN_ARG(problem));
            return status == STATUS_INVALID ? COMMAND_USAGE : COMMAND_ENVIRONMENT;
        }
        crew->count++;
    }
    return COMMAND_OK;
}

static enum command_exit open_all(struct crew *crew)
{
    struct notify *notify = &crew->notify;
    enum command_exit status =
        health_service_open(notify->invocation, notify->config, true, &crew->service);
    notify->services = (struct outlet_services){
        .config = notify->config,
        .log = notify->invocation->log,
        .health = crew->service.health,
        .metrics = crew->service.metrics,
    };
    if (status == COMMAND_OK) {
        status = kafka_setup_init(notify->invocation, notify->config, "notify",
                                  crew->service.health, &crew->kafka);
    }
    if (status == COMMAND_OK) {
        status = make_workers(crew);
    }
    return status == COMMAND_OK ? find_topics(crew) : status;
}

static void tell_start(const struct crew *crew)
{
    const struct log_field fields[] = {
        log_number("sinks", (int64_t)crew->count),
        log_text("topic", crew->notify.alerts.name),
        log_number("partitions", crew->notify.alerts.partitions),
    };
    event_tell(crew->notify.services.log, EVENT_NOTIFY_STARTED, fields, 3);
}

/* Until somebody asks to stop; each worker then finishes what is under way. */
static void run_workers(struct crew *crew)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    tell_start(crew);
    for (size_t i = 0; i < crew->count; i++) {
        check(pthread_create(&crew->runners[i].thread, NULL, run_worker, &crew->runners[i]) == 0);
    }
    struct health_loop *loop = health_loop(crew->service.health, SPAN("main"), HEALTH_LIMIT_MS);
    health_service_started(&crew->service);
    while (!stop_asked()) {
        health_beat(loop);
        nanosleep(&look, NULL);
    }
    health_loop_end(loop);
    health_service_stopping(&crew->service);
    event_tell(crew->notify.services.log, EVENT_STOPPING, NULL, 0);
    atomic_store(&crew->notify.stopping, true);
    for (size_t i = 0; i < crew->count; i++) {
        pthread_join(crew->runners[i].thread, NULL);
    }
}

static enum command_exit run(const struct invocation *invocation)
{
    struct config config;
    enum command_exit status = start_config(invocation, &config);
    if (status != COMMAND_OK || !usable(invocation, &config)) {
        return COMMAND_USAGE;
    }
    struct crew *crew = arena_alloc(invocation->arena, sizeof *crew);
    crew->notify.invocation = invocation;
    crew->notify.config = &config;
    crew->notify.kafka = &crew->kafka.settings;
    stop_install();
    status = open_all(crew);
    if (status == COMMAND_OK && !stop_asked()) {
        run_workers(crew);
    }
    for (size_t i = 0; i < crew->count; i++) {
        notify_worker_free(&crew->runners[i].worker);
    }
    health_service_close(&crew->service);
    return status;
}

const struct command command_notify = {
    .face = {
        .name = "notify",
        .summary = "Sends the alerts in Kafka to the sinks, as one of many.",
        .arguments = "",
        .examples = examples,
    },
    .config = COMMAND_CONFIG_NOTIFY,
    .run = run,
};
