/* topics.c: the table, and how a topic that was found is held against it. */
#include "app/kafka/topics.h"

#include "app/complain.h"
#include "app/kafka/kafka_setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MESSAGE_BYTES = 1048588,        /* Kafka's own default */
    RECORD_BYTES = 12 * 1024 * 1024, /* a record of Kinesis has at most 10 MiB; then headers */
    SAFE_REPLICATION = 3,
};

static const int64_t ms_per_hour = INT64_C(3600000);

struct row {
    const char *name;
    bool compact;
    bool keyed;             /* what is where depends on the number of partitions */
    int64_t kept_hours;     /* of those that are not */
    int64_t kept_hours_min; /* less would delete what a restarted reader still needs */
    int64_t message_bytes;
    const char *segment_bytes; /* of compacted ones: the newest segment is never compacted */
};

static const struct row rows[TOPIC_COUNT] = {
    [TOPIC_EVENTS] = {"events", false, true, 7 * 24, 1, RECORD_BYTES, NULL},
    [TOPIC_SIGNALS] = {"signals", false, true, 7 * 24, 1, MESSAGE_BYTES, NULL},
    [TOPIC_STATE] = {"state", true, true, 0, 0, MESSAGE_BYTES, "33554432"},
    [TOPIC_ALERTS] = {"alerts", false, false, 30 * 24, 1, MESSAGE_BYTES, NULL},
    [TOPIC_CHECKPOINTS] = {"checkpoints", true, true, 0, 0, MESSAGE_BYTES, "1048576"},
    [TOPIC_QUARANTINE] = {"quarantine", false, false, 30 * 24, 1, RECORD_BYTES, NULL},
    [TOPIC_UNDELIVERED] = {"undelivered", false, false, 30 * 24, 1, MESSAGE_BYTES, NULL},
};

struct span topic_name(const struct config *config, enum topic topic, struct arena *arena)
{
    return kafka_setup_name(config, rows[topic].name, arena);
}

/* NULL for a topic that is not of the table. */
static const struct row *row_of(const struct config *config, struct span name)
{
    struct span prefix = config_text(&config->root, CONFIG_KAFKA_PREFIX);
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        struct span suffix = span_view(rows[i].name);
        if (name.len == prefix.len + 1 + suffix.len && span_starts_with(name, prefix) &&
            span_ends_with(name, suffix)) {
            return &rows[i];
        }
    }
    return NULL;
}

static void add(struct kafka_topic_wanted *wanted, struct kafka_property *configs,
                const char *name, struct span value)
{
    configs[wanted->config_count++] =
        (struct kafka_property){.name = span_view(name), .value = value};
}

struct kafka_topic_wanted topic_wanted(const struct config *config, enum topic topic,
                                       struct arena *arena)
{
    enum { CONFIGS_MAX = 8 };
    const struct row *row = &rows[topic];
    int64_t replication = config_root_value(config, CONFIG_KAFKA_REPLICATION)->number;
    struct kafka_property *configs = arena_array(arena, CONFIGS_MAX, sizeof *configs);
    struct kafka_topic_wanted wanted = {
        .name = topic_name(config, topic, arena).ptr,
        .partitions = (int32_t)config_root_value(config, CONFIG_KAFKA_PARTITIONS)->number,
        .replication = (int32_t)replication,
        .configs = configs,
    };
    add(&wanted, configs, "cleanup.policy", row->compact ? SPAN("compact") : SPAN("delete"));
    add(&wanted, configs, "max.message.bytes", arena_printf(arena, "%" PRId64, row->message_bytes));
    add(&wanted, configs, "min.insync.replicas",
        replication >= SAFE_REPLICATION ? SPAN("2") : SPAN("1"));
    if (row->compact) {
        add(&wanted, configs, "segment.bytes", span_view(row->segment_bytes));
        add(&wanted, configs, "min.cleanable.dirty.ratio", SPAN("0.1"));
    } else {
        add(&wanted, configs, "retention.ms",
            arena_printf(arena, "%" PRId64, row->kept_hours * ms_per_hour));
    }
    return wanted;
}

/* A setting as a number; `otherwise` when it has none. */
static int64_t number_of(const struct kafka_topic *topic, const char *name, int64_t otherwise)
{
    struct span text = kafka_topic_config(topic, name);
    return text.len ? strtoll(text.ptr, NULL, 10) : otherwise;
}

static void complain_of(struct diag_list *problems, const struct kafka_topic *topic,
                        struct span hint, const char *what)
{
    diag_add(problems, DIAG_ERROR, (struct place){0}, hint, "the topic %.*s %s",
             SPAN_ARG(topic->name), what);
}

static void check_partitions(const struct config *config, const struct row *row,
                             const struct kafka_topic *found,
                             struct diag_list *problems)
{
    const struct config_value *told = config_root_value(config, CONFIG_KAFKA_PARTITIONS);
    bool is_told = told->origin != CONFIG_ORIGIN_DEFAULT;
    if (row->keyed && is_told && told->number != found->partitions) {
        char what[128];
        snprintf(what, sizeof what, "has %d partitions, kafka.partitions says %" PRId64,
                 (int)found->partitions, told->number);
        complain_of(problems, found,
                    SPAN("set kafka.partitions to what the topics have; more partitions would "
                         "break the order of each item's changes"),
                    what);
    }
}

static void check_cleanup(const struct row *row, const struct kafka_topic *found,
                          struct diag_list *problems)
{
    struct span wanted = row->compact ? SPAN("compact") : SPAN("delete");
    struct span is = kafka_topic_config(found, "cleanup.policy");
    if (!span_equals(is, wanted)) {
        char what[128];
        snprintf(what, sizeof what, "has cleanup.policy %.*s and must have %.*s",
                 SPAN_ARG(is), SPAN_ARG(wanted));
        complain_of(problems, found, SPAN("alter the topic; some of its records may be gone"),
                    what);
    }
}

static void check_retention(const struct row *row, const struct kafka_topic *found,
                            struct diag_list *problems)
{
    int64_t kept_ms = number_of(found, "retention.ms", -1);
    if (!row->compact && kept_ms >= 0 && kept_ms < row->kept_hours_min * ms_per_hour) {
        char what[128];
        snprintf(what, sizeof what, "keeps records for %" PRId64 " ms", kept_ms);
        complain_of(problems, found,
                    SPAN("retention.ms must be at least an hour, better days: what is deleted "
                         "unread is never checked"),
                    what);
    }
}

static void check_sizes(const struct row *row, const struct kafka_topic *found,
                        struct diag_list *problems)
{
    char what[128];
    int64_t bytes = number_of(found, "max.message.bytes", row->message_bytes);
    int64_t insync = number_of(found, "min.insync.replicas", 1);
    if (bytes < MESSAGE_BYTES) {
        snprintf(what, sizeof what, "takes messages of %" PRId64 " bytes only", bytes);
        complain_of(problems, found, SPAN("max.message.bytes must be at least 1048588"), what);
    }
    if (insync > found->replication) {
        snprintf(what, sizeof what, "has %d copies, but min.insync.replicas %" PRId64,
                 (int)found->replication, insync);
        complain_of(problems, found, SPAN("nothing could be written to it"), what);
    }
}

bool topic_fits(const struct config *config, const struct kafka_topic *found,
                struct diag_list *problems)
{
    size_t before = problems->count;
    const struct row *row = row_of(config, found->name);
    if (!found->exists) {
        complain_of(problems, found, SPAN("`deltaward topics create` makes all that are needed"),
                    "does not exist");
    } else if (row) {
        check_partitions(config, row, found, problems);
        check_cleanup(row, found, problems);
        check_retention(row, found, problems);
        check_sizes(row, found, problems);
    }
    return problems->count == before;
}

void topic_complain(const struct invocation *invocation, const struct diag_list *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct diag *problem = &problems->items[i];
        struct span hint = arena_copy(invocation->arena, problem->hint);
        complain(invocation, hint.len ? hint.ptr : NULL, "%.*s", SPAN_ARG(problem->message));
    }
}
