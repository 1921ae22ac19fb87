/* lookup_topics.c: one reader a topic; its records lie in a lookup_log. A topic that no policy
 * reads any more is followed until the process ends: policies that come back find it. */
#include "app/detect/lookup_topics.h"

#include "app/event.h"
#include "base/check.h"
#include "engine/evaluate/lookup_log.h"
#include "kafka/kafka_reader.h"

#include <stdlib.h>

enum { TOPICS_MAX = 64, START_WAIT_MS = 5000, REST_FACTOR = 10 };
static const uint64_t rest_min_ns = UINT64_C(200) * 1000000;

struct followed {
    struct span name;
    struct kafka_reader *reader;
    struct lookup_log *log;
    int64_t newest_us;
    bool started;  /* every partition is being read */
    bool whole;    /* read to the end that it had when it was started */
    bool too_large;
    size_t refused; /* rows left out, as told last */
};

struct lookup_topics {
    struct detect *detect;
    struct arena *arena;
    struct lookup_feed feed;
    struct followed topics[TOPICS_MAX];
    size_t count;
    bool changed;
    uint64_t rest_ns;  /* lookups are not made again before (monotonic) */
};

static void tell(struct lookup_topics *topics, enum event event, const struct followed *followed,
                 struct span problem)
{
    const struct log_field fields[] = {
        log_text("topic", followed->name),
        log_number("rows", (int64_t)lookup_log_count(followed->log)),
        log_text("problem", problem),
    };
    event_tell(topics->detect->log, event, fields, problem.len ? 3 : 2);
}

static bool start(struct lookup_topics *topics, struct followed *followed)
{
    int32_t partitions = 0;
    enum status status = kafka_reader_partitions(followed->reader, START_WAIT_MS, &partitions);
    for (int32_t i = 0; i < partitions && status == STATUS_OK; i++) {
        status = kafka_reader_start(followed->reader, i, KAFKA_OFFSET_BEGINNING, START_WAIT_MS);
    }
    if (status != STATUS_OK) {
        struct kafka_problem problem = kafka_reader_problem(followed->reader);
        tell(topics, EVENT_TOPIC_UNREADABLE, followed, kafka_problem_text(&problem));
    }
    return status == STATUS_OK;
}

static struct followed *follow(struct lookup_topics *topics, struct span name)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    check(topics->count < TOPICS_MAX);
    struct followed *followed = &topics->topics[topics->count];
    *followed = (struct followed){
        .name = arena_copy(topics->arena, name), .log = lookup_log_new()};
    if (kafka_reader_new(topics->detect->kafka, followed->name, &problem, &followed->reader) !=
        STATUS_OK) {
        tell(topics, EVENT_TOPIC_UNREADABLE, followed, kafka_problem_text(&problem));
        lookup_log_free(&followed->log);
        return NULL;
    }
    topics->count++;
    return followed;
}

static struct followed *find(const struct lookup_topics *topics, struct span name)
{
    for (size_t i = 0; i < topics->count; i++) {
        if (span_equals(topics->topics[i].name, name)) {
            return (struct followed *)&topics->topics[i];
        }
    }
    return NULL;
}

static enum status rows(void *context, struct span topic, struct arena *arena, struct span *text,
                        int64_t *newest_us)
{
    struct lookup_topics *topics = context;
    struct followed *followed = find(topics, topic);
    if (!followed && topics->count < TOPICS_MAX) {
        followed = follow(topics, topic);
    }
    if (!followed) {
        return STATUS_LIMIT;
    }
    if (!followed->whole) {
        return STATUS_AGAIN;
    }
    *text = lookup_log_text(followed->log, arena);
    *newest_us = followed->newest_us;
    return STATUS_OK;
}

static void refused(void *context, struct span topic, size_t count)
{
    struct lookup_topics *topics = context;
    struct followed *followed = find(topics, topic);
    check(followed != NULL);
    if (count != followed->refused) {
        const struct log_field fields[] = {
            log_text("topic", topic), log_number("rows", (int64_t)count)};
        event_tell(topics->detect->log, EVENT_LOOKUP_ROWS_REFUSED, fields, 2);
        followed->refused = count;
    }
}

struct lookup_topics *lookup_topics_new(struct detect *detect)
{
    struct lookup_topics *topics = calloc(1, sizeof *topics);
    if (!topics) {
        check_memory_exhausted(sizeof *topics);
    }
    topics->detect = detect;
    topics->arena = arena_new(1024);
    topics->feed = (struct lookup_feed){.context = topics, .rows = rows, .refused = refused};
    return topics;
}

void lookup_topics_free(struct lookup_topics **topics)
{
    struct lookup_topics *ended = *topics;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->count; i++) {
        kafka_reader_free(&ended->topics[i].reader);
        lookup_log_free(&ended->topics[i].log);
    }
    arena_free(&ended->arena);
    free(ended);
    *topics = NULL;
}

const struct lookup_feed *lookup_topics_feed(const struct lookup_topics *topics)
{
    return &topics->feed;
}

static void take(struct lookup_topics *topics, struct followed *followed,
                 const struct kafka_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct kafka_record *record = &batch->records[i];
        if (lookup_log_put(followed->log, record->key, record->value, record->tombstone) !=
                STATUS_OK &&
            !followed->too_large) {
            followed->too_large = true;
            tell(topics, EVENT_LOOKUP_TOO_LARGE, followed, SPAN(""));
        }
        if (record->timestamp_us > followed->newest_us) {
            followed->newest_us = record->timestamp_us;
        }
    }
    topics->changed = topics->changed || (followed->whole && batch->count);
}

static void poll_one(struct lookup_topics *topics, struct followed *followed, int wait_ms)
{
    struct kafka_batch *batch = NULL;
    if (!followed->started) {
        followed->started = start(topics, followed);
        return;
    }
    enum status status = kafka_reader_poll(followed->reader, wait_ms, &batch);
    if (status == STATUS_OK) {
        take(topics, followed, batch);
        kafka_batch_free(&batch);
    } else if (status != STATUS_AGAIN) {
        struct kafka_problem problem = kafka_reader_problem(followed->reader);
        tell(topics, EVENT_TOPIC_UNREADABLE, followed, kafka_problem_text(&problem));
    }
    if (!followed->whole && kafka_reader_caught_up(followed->reader)) {
        followed->whole = true;
        topics->changed = true;
        tell(topics, EVENT_LOOKUP_TOPIC_READ, followed, SPAN(""));
    }
}

bool lookup_topics_poll(struct lookup_topics *topics, int wait_ms)
{
    for (size_t i = 0; i < topics->count; i++) {
        poll_one(topics, &topics->topics[i], wait_ms);
    }
    bool due = topics->changed && clock_monotonic_ns() >= topics->rest_ns;
    if (due) {
        topics->changed = false;
        topics->rest_ns = UINT64_MAX; /* until it is known what making them took */
    }
    return due;
}

void lookup_topics_took(struct lookup_topics *topics, uint64_t took_ns)
{
    uint64_t rest_ns = REST_FACTOR * took_ns;
    topics->rest_ns = clock_monotonic_ns() + (rest_ns > rest_min_ns ? rest_ns : rest_min_ns);
}
