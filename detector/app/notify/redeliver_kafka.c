/* redeliver_kafka.c: reads deltaward.undelivered whole: refusals, and marks of those that were sent
 * again since; then deltaward.alerts, for states that are newer than a refused one. */
#include "app/complain.h"
#include "app/kafka/kafka_setup.h"
#include "app/notify/redeliver.h"
#include "app/notify/undelivered.h"
#include "app/stop.h"
#include "kafka/kafka_reader.h"
#include "model/json.h"

enum {
    POLL_MS = 500,
    START_WAIT_MS = 10000,
    KEPT_WAIT_MS = 10000,
    REFUSALS_MAX = 10000,
    REFUSALS_BYTES_MAX = 256 * 1024 * 1024,
};

/* One refusal. */
struct refusal {
    struct span sink;
    struct span reason;
    struct alert alert;
    uint64_t newest_sequence; /* newest version of the alert in the topic of alerts */
    uint32_t newest_ordinal;
    bool pending;             /* not sent again yet */
};

struct reading {
    struct redeliver *redeliver;
    struct kafka_setup setup;
    struct kafka_setup_topic undelivered;
    struct kafka_setup_topic alerts;
    struct arena *arena;   /* of the refusals */
    struct arena *scratch; /* of one record */
    struct refusal *refusals;
    size_t count;
    size_t unreadable;
    bool full;
};

typedef void (*record_fn)(struct reading *reading, const struct kafka_record *record);

static struct span text_of(const struct value *object, const char *name)
{
    const struct value *found = value_map_get(object, span_view(name));
    return found && found->kind == VALUE_STRING ? found->text : span_of(NULL, 0);
}

static bool is_same(const struct refusal *refusal, struct span sink, const struct alert *alert)
{
    return digest_equals(&refusal->alert.id, &alert->id) &&
           refusal->alert.log_sequence == alert->log_sequence &&
           refusal->alert.ordinal == alert->ordinal && span_equals(refusal->sink, sink);
}

static struct refusal *find(struct reading *reading, struct span sink, const struct alert *alert)
{
    for (size_t i = 0; i < reading->count; i++) {
        if (is_same(&reading->refusals[i], sink, alert)) {
            return &reading->refusals[i];
        }
    }
    return NULL;
}

static bool fits(const struct redeliver_filter *filter, struct span sink, const struct alert *alert)
{
    char id[DIGEST_HEX_LENGTH + 1];
    digest_hex(&alert->id, id);
    return (filter->sink.len == 0 || span_equals(filter->sink, sink)) &&
           (filter->policy_id.len == 0 ||
            span_equals(filter->policy_id, alert->signal.policy_id)) &&
           span_starts_with(span_of(id, DIGEST_HEX_LENGTH), filter->id_prefix);
}

/* Keeps a refusal; its texts are copied. */
static void add(struct reading *reading, struct span sink, struct span reason, struct span alert)
{
    if (reading->count == REFUSALS_MAX || arena_used(reading->arena) > REFUSALS_BYTES_MAX) {
        reading->full = true;
        return;
    }
    struct json_error error;
    struct refusal *refusal = &reading->refusals[reading->count];
    *refusal = (struct refusal){.sink = arena_copy(reading->arena, sink),
                                .reason = arena_copy(reading->arena, reason),
                                .pending = true};
    struct span text = arena_copy(reading->arena, alert);
    if (alert_read_json(text, reading->arena, &error, &refusal->alert) == STATUS_OK) {
        reading->count++;
    }
}

static void take_refusal(struct reading *reading, const struct kafka_record *record)
{
    struct json_error error;
    struct value object = value_null();
    struct alert alert;
    struct span member = alert_body_member(record->value, SPAN("alert"));
    if (json_read(record->value, JSON_NUMBERS_DECIMAL, reading->scratch, &error, &object) !=
            STATUS_OK || object.kind != VALUE_MAP ||
        alert_read_json(member, reading->scratch, &error, &alert) != STATUS_OK) {
        reading->unreadable++;
        return;
    }
    struct span sink = text_of(&object, "sink");
    bool is_mark = text_of(&object, "redelivered_at").len > 0;
    struct refusal *known = find(reading, sink, &alert);
    if (known) {
        known->pending = !is_mark;
    } else if (!is_mark && fits(&reading->redeliver->filter, sink, &alert)) {
        add(reading, sink, text_of(&object, "reason"), member);
    }
}

static bool is_newer(const struct alert *alert, const struct refusal *refusal)
{
    return alert->log_sequence > refusal->newest_sequence ||
           (alert->log_sequence == refusal->newest_sequence &&
            alert->ordinal > refusal->newest_ordinal);
}

static void note_state(struct reading *reading, const struct kafka_record *record)
{
    struct json_error error;
    struct alert alert;
    if (alert_read_json(record->value, reading->scratch, &error, &alert) != STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < reading->count; i++) {
        struct refusal *refusal = &reading->refusals[i];
        if (digest_equals(&refusal->alert.id, &alert.id) && is_newer(&alert, refusal)) {
            refusal->newest_sequence = alert.log_sequence;
            refusal->newest_ordinal = alert.ordinal;
        }
    }
}

static bool read_failed(const struct reading *reading, const struct kafka_problem *problem)
{
    struct span hint = kafka_problem_hint(problem->trouble);
    complain(reading->redeliver->invocation, hint.len ? hint.ptr : NULL, "Kafka: %s",
             problem->text);
    return false;
}

static bool start_all(struct kafka_reader *reader, int32_t partitions)
{
    enum status status = STATUS_OK;
    for (int32_t i = 0; i < partitions && status == STATUS_OK; i++) {
        status = kafka_reader_start(reader, i, KAFKA_OFFSET_BEGINNING, START_WAIT_MS);
    }
    return status == STATUS_OK;
}

static bool poll_all(struct reading *reading, struct kafka_reader *reader, record_fn take)
{
    while (!kafka_reader_caught_up(reader) && !stop_asked()) {
        struct kafka_batch *batch = NULL;
        enum status status = kafka_reader_poll(reader, POLL_MS, &batch);
        if (status != STATUS_OK && status != STATUS_AGAIN) {
            return false;
        }
        for (size_t i = 0; batch && i < batch->count; i++) {
            arena_reset(reading->scratch);
            take(reading, &batch->records[i]);
        }
        if (batch) {
            kafka_batch_free(&batch);
        }
    }
    return !stop_asked();
}

/* Every record of a topic as it is now. */
static bool read_topic(struct reading *reading, const struct kafka_setup_topic *topic,
                       record_fn take)
{
    struct kafka_reader *reader = NULL;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (kafka_reader_new(&reading->setup.settings, topic->name, &problem, &reader) != STATUS_OK) {
        return read_failed(reading, &problem);
    }
    bool good = start_all(reader, topic->partitions) && poll_all(reading, reader, take);
    problem = kafka_reader_problem(reader);
    kafka_reader_free(&reader);
    return good || (!stop_asked() && read_failed(reading, &problem));
}

/* The sink has a newer state, unless that was refused too. */
static bool is_outdated(const struct reading *reading, const struct refusal *refusal)
{
    const struct alert newest = {
        .id = refusal->alert.id,
        .log_sequence = refusal->newest_sequence,
        .ordinal = refusal->newest_ordinal,
    };
    const struct refusal own = {
        .newest_sequence = refusal->alert.log_sequence,
        .newest_ordinal = refusal->alert.ordinal,
    };
    if (!is_newer(&newest, &own)) {
        return false;
    }
    for (size_t i = 0; i < reading->count; i++) {
        if (reading->refusals[i].pending &&
            is_same(&reading->refusals[i], refusal->sink, &newest)) {
            return false;
        }
    }
    return true;
}

static bool mark(struct reading *reading, struct undelivered_writer *writer,
                 const struct refusal *refusal)
{
    const struct undelivered record = {
        .sink = refusal->sink,
        .at_us = clock_now_us(clock_system()),
        .alert = &refusal->alert,
        .redelivered = true,
    };
    enum status status = undelivered_put(writer, &record);
    if (status == STATUS_OK) {
        status = undelivered_settle(writer, KEPT_WAIT_MS);
    }
    if (status != STATUS_OK) {
        complain(reading->redeliver->invocation, "the next redeliver sends it once more",
                 "what was sent cannot be marked: %.*s", SPAN_ARG(undelivered_problem(writer)));
    }
    return status == STATUS_OK;
}

static bool send_all(struct reading *reading)
{
    struct redeliver *redeliver = reading->redeliver;
    struct undelivered_writer *writer = NULL;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (undelivered_open(&reading->setup.settings, reading->undelivered.name, &problem, &writer) !=
        STATUS_OK) {
        return read_failed(reading, &problem);
    }
    bool good = true;
    for (size_t i = 0; i < reading->count && good && !redeliver->closed && !stop_asked(); i++) {
        struct refusal *refusal = &reading->refusals[i];
        if (refusal->pending &&
            redeliver_one(redeliver, refusal->sink, &refusal->alert, refusal->reason,
                          is_outdated(reading, refusal)) == REDELIVER_DROP) {
            good = mark(reading, writer, refusal);
        }
    }
    undelivered_close(&writer);
    return good;
}

static enum command_exit find_topics(struct reading *reading)
{
    const struct invocation *invocation = reading->redeliver->invocation;
    struct kafka_setup_topic topics[] = {
        {.name = kafka_setup_name(reading->redeliver->config, "undelivered", invocation->arena)},
        {.name = kafka_setup_name(reading->redeliver->config, "alerts", invocation->arena)},
    };
    enum command_exit status = kafka_setup_topics(invocation, &reading->setup, topics, 2);
    reading->undelivered = topics[0];
    reading->alerts = topics[1];
    return status;
}

static enum command_exit read_and_send(struct reading *reading)
{
    const struct invocation *invocation = reading->redeliver->invocation;
    enum command_exit status = kafka_setup_init(invocation, reading->redeliver->config,
                                                "redeliver", NULL, &reading->setup);
    if (status == COMMAND_OK) {
        status = find_topics(reading);
    }
    if (status != COMMAND_OK || stop_asked()) {
        return status;
    }
    bool good = read_topic(reading, &reading->undelivered, take_refusal);
    if (good && reading->count) {
        good = read_topic(reading, &reading->alerts, note_state) && send_all(reading);
    }
    if (reading->full) {
        complain_note("there are more than %zu refusals: run it again", reading->count);
    }
    if (reading->unreadable) {
        complain_note("%zu records hold no alert and cannot be sent", reading->unreadable);
    }
    return good ? COMMAND_OK : COMMAND_ENVIRONMENT;
}

enum command_exit redeliver_from_kafka(struct redeliver *redeliver)
{
    stop_install();
    struct reading *reading = arena_alloc(redeliver->invocation->arena, sizeof *reading);
    *reading = (struct reading){
        .redeliver = redeliver,
        .arena = arena_new(0),
        .scratch = arena_new(0),
        .refusals = arena_array(redeliver->invocation->arena, REFUSALS_MAX,
                                sizeof *reading->refusals),
    };
    enum command_exit status = read_and_send(reading);
    arena_free(&reading->scratch);
    arena_free(&reading->arena);
    return status;
}
