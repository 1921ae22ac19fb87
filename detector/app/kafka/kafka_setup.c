/* kafka_setup.c: from configuration to clients; a broker that is away at start is waited for. */
#include "app/kafka/kafka_setup.h"

#include "app/complain.h"
#include "app/config/config_resolve.h"
#include "app/event.h"
#include "app/kafka/topics.h"
#include "app/stop.h"
#include "kafka/kafka_admin.h"

#include <stdlib.h>

enum { DESCRIBE_WAIT_MS = 2000, LINE_WARNING_SEVERITY = 4 };

static void tell_text(struct log *log, enum event event, struct span text)
{
    const struct log_field field = log_text("problem", text);
    event_tell(log, event, &field, 1);
}

/* librdkafka repeats itself while no broker answers. */
static void tell_line(const struct kafka_setup *setup, const struct kafka_notice *notice)
{
    const struct log_field field = log_text("line", notice->text);
    bool is_told =
        notice->severity <= LINE_WARNING_SEVERITY && atomic_load(&setup->away) == 0;
    event_tell(setup->log, is_told ? EVENT_KAFKA_WARNING : EVENT_KAFKA_LINE, &field, 1);
}

/* Runs in the thread that polls the client. */
static void hear(void *context, const struct kafka_notice *notice)
{
    struct kafka_setup *setup = context;
    switch (notice->event) {
    case KAFKA_EVENT_LINE:
        tell_line(setup, notice);
        break;
    case KAFKA_EVENT_AWAY:
        if (atomic_fetch_add(&setup->away, notice->begins ? 1 : 0) == 0) {
            tell_text(setup->log, EVENT_KAFKA_AWAY, notice->text);
            health_ready(setup->health, SPAN("kafka"), false, notice->text);
        }
        break;
    case KAFKA_EVENT_BACK:
        if (atomic_fetch_sub(&setup->away, 1) == 1) {
            event_tell(setup->log, EVENT_KAFKA_BACK, NULL, 0);
            health_ready(setup->health, SPAN("kafka"), true, SPAN(""));
        }
        break;
    case KAFKA_EVENT_REFUSED:
        atomic_fetch_add(&setup->away, notice->begins ? 1 : 0);
        tell_text(setup->log, EVENT_KAFKA_REFUSED, notice->text);
        health_ready(setup->health, SPAN("kafka"), false, notice->text);
        break;
    case KAFKA_EVENT_FENCED:
        tell_text(setup->log, EVENT_KAFKA_FENCED, notice->text);
        break;
    case KAFKA_EVENT_FAILED:
        tell_text(setup->log, EVENT_KAFKA_FAILED, notice->text);
        break;
    }
}

static const struct kafka_property *properties_of(const struct config_pair *pairs, size_t count,
                                                  struct arena *arena)
{
    struct kafka_property *properties = arena_array(arena, count, sizeof *properties);
    for (size_t i = 0; i < count; i++) {
        properties[i] = (struct kafka_property){pairs[i].name, pairs[i].value};
    }
    return properties;
}

static enum kafka_profile profile_of(const struct config *config)
{
    return span_equals(config_text(&config->root, CONFIG_DETECT_PROFILE), SPAN("low_latency"))
               ? KAFKA_LOW_LATENCY
               : KAFKA_GATHERED;
}

enum command_exit kafka_setup_init(const struct invocation *invocation,
                                   const struct config *config, const char *command,
                                   struct health *health, struct kafka_setup *out)
{
    struct arena *arena = invocation->arena;
    struct diag_list diags = diag_list_in(arena);
    const struct config_pair *pairs = NULL;
    size_t count = 0;
    struct span brokers = config_brokers(config, arena);
    if (brokers.len == 0) {
        complain(invocation, "--brokers HOST:PORT names one; or kafka.brokers in the configuration "
                 "file", "there is no broker of Kafka");
        return COMMAND_USAGE;
    }
    if (config_kafka_properties(config, &diags, &pairs, &count) != STATUS_OK) {
        complain_diags(invocation, &diags);
        return COMMAND_USAGE;
    }
    *out = (struct kafka_setup){
        .settings = {
            .brokers = brokers,
            .client_id = arena_printf(arena, "deltaward-%s", command),
            .properties = properties_of(pairs, count, arena),
            .property_count = count,
            .profile = profile_of(config),
            .clock = clock_system(),
            .listener = {.context = out, .tell = hear},
        },
        .config = config,
        .log = invocation->log,
        .health = health,
    };
    return COMMAND_OK;
}

struct span kafka_setup_name(const struct config *config, const char *name, struct arena *arena)
{
    return arena_printf(arena, "%.*s.%s", SPAN_ARG(config_text(&config->root, CONFIG_KAFKA_PREFIX)),
                        name);
}

static enum command_exit client_refused(const struct invocation *invocation,
                                        const struct kafka_problem *problem)
{
    struct span hint = arena_copy(invocation->arena, kafka_problem_hint(problem->trouble));
    complain(invocation, hint.len ? hint.ptr : NULL, "Kafka: %s", problem->text);
    return problem->trouble == KAFKA_SETTING ? COMMAND_USAGE : COMMAND_ENVIRONMENT;
}

/* Until a broker answers. STATUS_END: somebody asked to stop. */
static enum status describe(const struct kafka_setup *setup, struct kafka_admin *admin,
                            const struct span *names, size_t count, struct arena *arena,
                            struct kafka_topic *found, struct kafka_problem *problem)
{
    enum status status = STATUS_AGAIN;
    bool told = false;
    while (status == STATUS_AGAIN && !stop_asked()) {
        status = kafka_admin_describe(admin, names, count, DESCRIBE_WAIT_MS, arena, found, problem);
        if (status == STATUS_AGAIN && !told) {
            tell_text(setup->log, EVENT_KAFKA_WAITING, kafka_problem_text(problem));
            health_ready(setup->health, SPAN("kafka"), false, kafka_problem_text(problem));
            told = true;
        }
    }
    if (status == STATUS_OK) {
        health_ready(setup->health, SPAN("kafka"), true, SPAN(""));
    }
    return status == STATUS_AGAIN ? STATUS_END : status;
}

static enum command_exit take_topics(const struct invocation *invocation,
                                     const struct kafka_setup *setup,
                                     const struct kafka_topic *found,
                                     struct kafka_setup_topic *topics, size_t count)
{
    struct diag_list diags = diag_list_in(invocation->arena);
    for (size_t i = 0; i < count; i++) {
        if (!topic_fits(setup->config, &found[i], &diags)) {
            continue;
        }
        struct span limit = kafka_topic_config(&found[i], "max.message.bytes");
        topics[i].id = found[i].id;
        topics[i].partitions = found[i].partitions;
        topics[i].message_bytes_max =
            limit.len ? strtoll(arena_copy(invocation->arena, limit).ptr, NULL, 10) : 0;
    }
    topic_complain(invocation, &diags);
    return diags.count ? COMMAND_ENVIRONMENT : COMMAND_OK;
}

enum command_exit kafka_setup_topics(const struct invocation *invocation,
                                     const struct kafka_setup *setup,
                                     struct kafka_setup_topic *topics, size_t count)
{
    struct arena *arena = invocation->arena;
    struct kafka_problem problem = {0};
    struct kafka_admin *admin = NULL;
    struct span *names = arena_array(arena, count, sizeof *names);
    struct kafka_topic *found = arena_array(arena, count, sizeof *found);
    if (kafka_admin_new(&setup->settings, &problem, &admin) != STATUS_OK) {
        return client_refused(invocation, &problem);
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = topics[i].name;
    }
    enum status status = describe(setup, admin, names, count, arena, found, &problem);
    kafka_admin_free(&admin);
    if (status == STATUS_OK) {
        return take_topics(invocation, setup, found, topics, count);
    }
    return status == STATUS_END ? COMMAND_OK : client_refused(invocation, &problem);
}
