/* detect_open.c: configuration, health, then the topics, which must fit what the stages rest on. */
#include "app/detect/detect_open.h"

#include "app/complain.h"
#include "app/config/config_resolve.h"
#include "app/health/health_service.h"
#include "app/stop.h"
#include "engine/decide/snapshot.h"
#include "model/signal.h"

/* What one message may need beside its largest member. One that does not fit would stop its
 * partition for ever. */
enum { MESSAGE_BYTES_SPARE = 64 * 1024 };

/* The largest member of the messages of each topic; 0: whatever fits. */
static const int64_t message_bytes[DETECT_TOPIC_COUNT] = {
    [DETECT_SIGNALS] = SIGNAL_BODY_BYTES_MAX,
    [DETECT_ALERTS] = SIGNAL_BODY_BYTES_MAX,
    [DETECT_STATE] = SNAPSHOT_CHUNK_BYTES,
};

/* What is opened, around what the stages see. */
struct opened {
    struct detect detect;
    struct kafka_setup kafka;
    struct health_service service;
};

static unsigned work_of(const struct config *config)
{
    const struct config_value *stages = config_root_value(config, CONFIG_DETECT_STAGES);
    unsigned work = 0;
    for (size_t i = 0; i < stages->count; i++) {
        work |= span_equals(stages->texts[i], SPAN("evaluate")) ? DETECT_EVALUATE : DETECT_DECIDE;
    }
    return work;
}

static bool usable(const struct invocation *invocation, const struct config *config,
                   unsigned work)
{
    if ((work & DETECT_EVALUATE) && !config_root_value(config, CONFIG_POLICIES)->count) {
        complain(invocation, "--policies PATH names a file or folder of policies",
                 "there are no policies");
        return false;
    }
    return true;
}

/* The state of a partition of signals lies in the partition of that number. */
static enum command_exit check_topics(const struct detect *detect)
{
    const struct kafka_setup_topic *signals = &detect->topics[DETECT_SIGNALS];
    const struct kafka_setup_topic *state = &detect->topics[DETECT_STATE];
    if (signals->partitions != state->partitions) {
        complain(detect->invocation, "the number of partitions must not be changed later; "
                 "deltaward topics create makes both alike",
                 "%.*s has %d partitions and %.*s has %d", SPAN_ARG(signals->name),
                 signals->partitions, SPAN_ARG(state->name), state->partitions);
        return COMMAND_ENVIRONMENT;
    }
    for (size_t i = 0; i < DETECT_TOPIC_COUNT; i++) {
        const struct kafka_setup_topic *topic = &detect->topics[i];
        int64_t wanted = message_bytes[i] + MESSAGE_BYTES_SPARE;
        if (message_bytes[i] && topic->message_bytes_max && topic->message_bytes_max < wanted) {
            complain(detect->invocation, "raise the topic's max.message.bytes",
                     "%.*s takes messages of %lld bytes; it needs %lld", SPAN_ARG(topic->name),
                     (long long)topic->message_bytes_max, (long long)wanted);
            return COMMAND_ENVIRONMENT;
        }
    }
    return COMMAND_OK;
}

static enum command_exit find_topics(struct opened *opened)
{
    static const char *const names[DETECT_TOPIC_COUNT] = {
        [DETECT_EVENTS] = "events",
        [DETECT_SIGNALS] = "signals",
        [DETECT_ALERTS] = "alerts",
        [DETECT_STATE] = "state",
        [DETECT_QUARANTINE] = "quarantine",
    };
    struct detect *detect = &opened->detect;
    for (size_t i = 0; i < DETECT_TOPIC_COUNT; i++) {
        detect->topics[i].name =
            kafka_setup_name(detect->config, names[i], detect->invocation->arena);
    }
    enum command_exit status = kafka_setup_topics(detect->invocation, &opened->kafka,
                                                  detect->topics, DETECT_TOPIC_COUNT);
    return status == COMMAND_OK && !stop_asked() ? check_topics(detect) : status;
}

static enum command_exit open_all(struct opened *opened)
{
    struct detect *detect = &opened->detect;
    const struct invocation *invocation = detect->invocation;
    enum command_exit status =
        health_service_open(invocation, detect->config, true, &opened->service);
    detect->service = &opened->service;
    detect->health = opened->service.health;
    detect->metrics = opened->service.metrics;
    if (status == COMMAND_OK) {
        status = kafka_setup_init(invocation, detect->config, "detect", detect->health,
                                  &opened->kafka);
    }
    return status == COMMAND_OK ? find_topics(opened) : status;
}

enum command_exit detect_open(const struct invocation *invocation, const struct config *config,
                              struct detect **out)
{
    unsigned work = work_of(config);
    if (!usable(invocation, config, work)) {
        return COMMAND_USAGE;
    }
    stop_install();
    struct opened *opened = arena_alloc(invocation->arena, sizeof *opened);
    opened->detect = (struct detect){
        .invocation = invocation,
        .config = config,
        .work = work,
        .kafka = &opened->kafka.settings,
        .instance = config_instance(config, invocation->arena),
        .log = invocation->log,
    };
    enum command_exit status = open_all(opened);
    if (status != COMMAND_OK) {
        health_service_close(&opened->service);
        return status;
    }
    *out = &opened->detect;
    return COMMAND_OK;
}

void detect_close(struct detect **detect)
{
    if (*detect) {
        health_service_close(&((struct opened *)*detect)->service);
        *detect = NULL;
    }
}
