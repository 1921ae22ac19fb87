/* kafka_conf.c: one table of what we set otherwise than librdkafka does, and why. */
#include "kafka/kafka_conf.h"

#include "base/check.h"
#include "kafka/kafka_error.h"

#include <stdlib.h>

enum { ALL = KAFKA_PRODUCES | KAFKA_CONSUMES | KAFKA_READS | KAFKA_ADMINISTERS,
       FETCHES = KAFKA_CONSUMES | KAFKA_READS };

struct row {
    const char *name;
    const char *value;       /* NULL: left as it is; the row is there because it is ours alone */
    const char *low_latency; /* with that profile; NULL: the same */
    int kinds;               /* of kafka_kind */
    const char *ours;        /* why nobody may change it; NULL: a default */
};

/* Fetches were measured against a real broker: small ones into a small queue take less processor
 * and memory than librdkafka's own sizes, and gathering them takes less still. */
static const struct row rows[] = {
    {"bootstrap.servers", NULL, NULL, ALL, "kafka.brokers names them"},
    {"metadata.broker.list", NULL, NULL, ALL, "kafka.brokers names them"},
    {"client.id", NULL, NULL, ALL, "it names the command"},
    {"log.queue", "true", NULL, ALL, "lines are told in the log"},
    {"log.thread.name", "false", NULL, ALL, NULL},
    {"log.connection.close", "false", NULL, ALL, NULL},
    {"socket.keepalive.enable", "true", NULL, ALL, NULL},
    {"allow.auto.create.topics", "false", NULL, FETCHES, NULL},
    {"check.crcs", "true", NULL, FETCHES, NULL},
    {"isolation.level", "read_committed", NULL, FETCHES, NULL},
    {"enable.partition.eof", "true", NULL, FETCHES, "the ends of partitions are told by it"},
    {"auto.offset.reset", "error", NULL, FETCHES, "skipping what was cut would lose records"},
    {"fetch.message.max.bytes", "262144", NULL, FETCHES, NULL},
    {"fetch.max.bytes", "2097152", NULL, FETCHES, NULL},
    {"queued.max.messages.kbytes", "8192", NULL, FETCHES, NULL},
    {"fetch.queue.backoff.ms", "20", NULL, FETCHES, NULL},
    {"fetch.min.bytes", "100000", "1", KAFKA_CONSUMES, NULL},
    {"fetch.wait.max.ms", "10", "100", FETCHES, NULL},
    {"fetch.error.backoff.ms", "100", NULL, FETCHES, NULL},
    {"enable.auto.commit", "false", NULL, FETCHES, "positions are committed when all is durable"},
    {"enable.auto.offset.store", "false", NULL, FETCHES,
     "positions are committed when all is durable"},
    {"group.id", NULL, NULL, FETCHES, "it names the stage"},
    {"group.instance.id", NULL, NULL, FETCHES, "detect.instance names it"},
    {"partition.assignment.strategy", "cooperative-sticky", NULL, KAFKA_CONSUMES, NULL},
    {"session.timeout.ms", "10000", NULL, KAFKA_CONSUMES, NULL},
    {"enable.idempotence", "true", NULL, KAFKA_PRODUCES, NULL},
    {"acks", "all", NULL, KAFKA_PRODUCES, "fewer would lose records with a broker"},
    {"request.required.acks", NULL, NULL, KAFKA_PRODUCES, "fewer would lose records with a broker"},
    {"partitioner", "murmur2_random", NULL, KAFKA_PRODUCES, "keys keep their partition by it"},
    {"compression.type", "lz4", NULL, KAFKA_PRODUCES, NULL},
    {"linger.ms", "5", NULL, KAFKA_PRODUCES, NULL},
    {"message.timeout.ms", "0", NULL, KAFKA_PRODUCES, NULL},
    {"message.max.bytes", "11534336", NULL, KAFKA_PRODUCES, NULL},
    {"queue.buffering.max.messages", "100000", NULL, KAFKA_PRODUCES, NULL},
    {"queue.buffering.max.kbytes", "65536", NULL, KAFKA_PRODUCES, NULL},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* librdkafka wants texts that end in NUL. */
static char *text_of(struct span span)
{
    char *text = malloc(span.len + 1);
    if (!text) {
        check_memory_exhausted(span.len + 1);
    }
    if (span.len) {
        memcpy(text, span.ptr, span.len);
    }
    text[span.len] = '\0';
    return text;
}

enum status kafka_conf_set(rd_kafka_conf_t *conf, struct span name, struct span value,
                           struct kafka_problem *problem)
{
    char reason[KAFKA_PROBLEM_TEXT_MAX] = "";
    char *name_text = text_of(name);
    char *value_text = text_of(value);
    rd_kafka_conf_res_t result =
        rd_kafka_conf_set(conf, name_text, value_text, reason, sizeof reason);
    free(name_text);
    free(value_text);
    if (result == RD_KAFKA_CONF_OK) {
        return STATUS_OK;
    }
    *problem = kafka_error_text(
        KAFKA_SETTING, "kafka property '%.*s': %s", SPAN_ARG(name),
        result == RD_KAFKA_CONF_UNKNOWN ? "there is no such property" : reason);
    return STATUS_INVALID;
}

static bool is_given(const struct kafka_settings *settings, const char *name, struct span value)
{
    for (size_t i = 0; i < settings->property_count; i++) {
        const struct kafka_property *property = &settings->properties[i];
        if (span_equals(property->name, span_view(name)) &&
            (!value.len || span_equals(property->value, value))) {
            return true;
        }
    }
    return false;
}

/* With the newer group protocol the broker holds these settings, and librdkafka refuses them. */
static bool is_brokers_own(const struct kafka_settings *settings, const char *name)
{
    return (strcmp(name, "session.timeout.ms") == 0 ||
            strcmp(name, "partition.assignment.strategy") == 0) &&
           is_given(settings, "group.protocol", SPAN("consumer"));
}

static enum status set_defaults(rd_kafka_conf_t *conf, const struct kafka_settings *settings,
                                enum kafka_kind kind, struct kafka_problem *problem)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < ROW_COUNT && status == STATUS_OK; i++) {
        const struct row *row = &rows[i];
        bool low = settings->profile == KAFKA_LOW_LATENCY && row->low_latency;
        if (row->value && (row->kinds & (int)kind) && !is_brokers_own(settings, row->name)) {
            status = kafka_conf_set(conf, span_view(row->name),
                                    span_view(low ? row->low_latency : row->value), problem);
        }
    }
    return status;
}

static const char *whose(struct span name)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (span_equals(name, span_view(rows[i].name))) {
            return rows[i].ours;
        }
    }
    return NULL;
}

static enum status set_properties(rd_kafka_conf_t *conf, const struct kafka_settings *settings,
                                  struct kafka_problem *problem)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < settings->property_count && status == STATUS_OK; i++) {
        const struct kafka_property *property = &settings->properties[i];
        const char *ours = whose(property->name);
        if (ours) {
            *problem = kafka_error_text(KAFKA_SETTING, "kafka property '%.*s' cannot be set: %s",
                                        SPAN_ARG(property->name), ours);
            return STATUS_INVALID;
        }
        status = kafka_conf_set(conf, property->name, property->value, problem);
    }
    return status;
}

enum status kafka_conf_new(const struct kafka_settings *settings, enum kafka_kind kind,
                           struct kafka_problem *problem, rd_kafka_conf_t **out)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum status status =
        kafka_conf_set(conf, SPAN("bootstrap.servers"), settings->brokers, problem);
    if (status == STATUS_OK) {
        status = kafka_conf_set(conf, SPAN("client.id"), settings->client_id, problem);
    }
    if (status == STATUS_OK) {
        status = set_defaults(conf, settings, kind, problem);
    }
    if (status == STATUS_OK) {
        status = set_properties(conf, settings, problem);
    }
    if (status != STATUS_OK) {
        rd_kafka_conf_destroy(conf);
        return status;
    }
    *out = conf;
    return STATUS_OK;
}

struct span kafka_library_version(void)
{
    return span_view(rd_kafka_version_str());
}
