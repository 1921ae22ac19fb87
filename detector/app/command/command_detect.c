/* command_detect.c: `deltaward detect`: the two stages between Kafka's topics, each in a thread. */
#include "app/detect/detect_open.h"
#include "app/event.h"
#include "app/health/health.h"
#include "app/start.h"
#include "app/stop.h"
#include "base/check.h"

#include <pthread.h>
#include <time.h>

static const struct option_example examples[] = {
    {"deltaward detect --brokers kafka:9092 --policies /etc/deltaward/policies",
     "evaluate the changes of deltaward.events; alerts into deltaward.alerts"},
    {"deltaward detect --config deltaward.yaml --stages evaluate",
     "the first stage only, where the two run in processes of their own"},
    {NULL, NULL},
};

enum { LOOK_MS = 100 };

/* One stage in its thread. */
struct runner {
    struct detect *detect;
    detect_stage stage;
    pthread_t thread;
    enum command_exit ended;
    atomic_bool done;
};

static void *run_stage(void *argument)
{
    struct runner *runner = argument;
    runner->ended = runner->stage(runner->detect);
    /* the one cannot do without the other: what is behind it would wait for ever */
    atomic_store(&runner->detect->stopping, true);
    atomic_store(&runner->done, true);
    return NULL;
}

static bool all_done(struct runner *runners, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!atomic_load(&runners[i].done)) {
            return false;
        }
    }
    return true;
}

/* Waits for the stages; a signal is passed on to them. */
static void wait_for(struct detect *detect, struct runner *runners, size_t count)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    struct health_loop *loop = health_loop(detect->health, SPAN("main"), HEALTH_LIMIT_MS);
    while (!all_done(runners, count)) {
        health_beat(loop);
        if (stop_asked() && !atomic_exchange(&detect->stopping, true)) {
            health_service_stopping(detect->service);
            event_tell(detect->log, EVENT_STOPPING, NULL, 0);
        }
        nanosleep(&look, NULL);
    }
    health_loop_end(loop);
}

static enum command_exit run_stages(struct detect *detect)
{
    static const struct {
        enum detect_work work;
        detect_stage stage;
        const char *part; /* what it tells its readiness as */
    } stages[] = {{DETECT_EVALUATE, evaluate_loop_run, "evaluate"},
                  {DETECT_DECIDE, decide_loop_run, "decide"}};
    struct runner runners[sizeof stages / sizeof *stages] = {0};
    size_t count = 0;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        if (detect->work & stages[i].work) {
            health_ready(detect->health, span_view(stages[i].part), false, SPAN("it starts"));
            runners[count].detect = detect;
            runners[count++].stage = stages[i].stage;
        }
    }
    for (size_t i = 0; i < count; i++) {
        check(pthread_create(&runners[i].thread, NULL, run_stage, &runners[i]) == 0);
    }
    health_service_started(detect->service);
    wait_for(detect, runners, count);
    enum command_exit worst = COMMAND_OK;
    for (size_t i = 0; i < count; i++) {
        pthread_join(runners[i].thread, NULL);
        worst = runners[i].ended > worst ? runners[i].ended : worst;
    }
    return worst;
}

static enum command_exit run(const struct invocation *invocation)
{
    struct config config;
    struct detect *detect = NULL;
    enum command_exit status = start_config(invocation, &config);
    if (status == COMMAND_OK) {
        status = detect_open(invocation, &config, &detect);
    }
    if (status == COMMAND_OK && !stop_asked()) {
        status = run_stages(detect);
    }
    detect_close(&detect);
    return status;
}

const struct command command_detect = {
    .face = {
        .name = "detect",
        .summary = "Evaluates the changes in Kafka and decides alerts, as one of many.",
        .arguments = "",
        .examples = examples,
    },
    .config = COMMAND_CONFIG_DETECT,
    .run = run,
};
