/* evaluate_trouble.c: positions that are not in the log any more. A gap is told with its exact
 * range (rule 16); a log that is another one, or was cut at its end, is read under another name
 * (rule 11). After such trouble the consumer gives nothing more of a partition before it is moved,
 * so whatever could not be asked or moved is tried again. */
#include "app/detect/evaluate_loop.h"

#include "app/event.h"
#include "kafka/kafka_admin.h"

enum { WATERMARK_WAIT_MS = 3000, DESCRIBE_WAIT_MS = 3000 };
static const uint64_t id_interval_ns = UINT64_C(30) * 1000000000;
static const uint64_t again_ns = 1000000000;
static const uint64_t quiet_ns = UINT64_C(10) * 1000000000; /* without trouble, a topic is ready */

/* Where the next record of a partition is expected. */
static int64_t next_of(const struct evaluate_part *part)
{
    bool from_beginning = !part->advanced && part->origin == KAFKA_OFFSET_BEGINNING;
    return from_beginning && part->polled <= part->committed ? INT64_MAX : part->polled;
}

static void tell_gap(struct evaluate_loop *loop, const struct evaluate_part *part, int64_t first,
                     int64_t end)
{
    const struct span topic = loop->detect->topics[DETECT_EVENTS].name;
    const struct log_field fields[] = {
        log_text("source", assignment_source(part->assignment)),
        log_number("first", first),
        log_number("last", end - 1),
        log_number("records", end - first),
    };
    event_tell(loop->detect->log, EVENT_RECORDS_LOST, fields, sizeof fields / sizeof *fields);
    metric_add(metric_of1(loop->detect->metrics, METRIC_RECORDS_LOST, topic),
               (uint64_t)(end - first));
}

/* The same partition as another log, from `start`. */
static void begin_anew(struct evaluate_loop *loop, struct evaluate_part *part,
                       const struct assignment_start *start)
{
    evaluate_part_drop(part);
    evaluate_group_take(loop, part, start);
    part->seek_due = true;
    part->seek_to = part->origin;
    part->since = UINT64_MAX;
}

/* The consumer moves what is due; what it gives from the next turn on counts. */
static void move(struct evaluate_loop *loop)
{
    for (size_t i = 0; i < loop->part_count; i++) {
        struct evaluate_part *part = loop->parts[i];
        if (part && part->assignment && part->seek_due &&
            kafka_consumer_seek(loop->client.consumer, part->number, part->seek_to) == STATUS_OK) {
            part->seek_due = false;
            part->since = loop->turn + 1;
        }
    }
}

/* Goes on reading at an offset; what was polled before it and not evaluated yet still counts. */
static bool read_on(struct evaluate_loop *loop, struct evaluate_part *part, int64_t offset)
{
    return kafka_consumer_seek(loop->client.consumer, part->number, offset) == STATUS_OK;
}

/* The records between the last one read and the first one there are lost; what was read goes on to
 * be committed. */
static bool pass_gap(struct evaluate_loop *loop, struct evaluate_part *part, int64_t low)
{
    if (!read_on(loop, part, low)) {
        return false;
    }
    tell_gap(loop, part, part->polled, low);
    part->polled = low;
    return true;
}

/* False: it could not be asked or moved, and is to be looked at again. */
static bool look_at(struct evaluate_loop *loop, struct evaluate_part *part, struct arena *arena)
{
    int64_t low = 0;
    int64_t high = 0;
    int64_t next = next_of(part);
    if (part->seek_due) {
        return true;
    }
    if (next == INT64_MAX) {
        return read_on(loop, part, part->origin);
    }
    if (kafka_consumer_watermarks(loop->client.consumer, part->number, WATERMARK_WAIT_MS, &low,
                                  &high) != STATUS_OK) {
        return false;
    }
    if (next < low) {
        return pass_gap(loop, part, low);
    }
    if (next <= high) {
        return read_on(loop, part, next); /* it may be the one that stands still */
    }
    const struct assignment_found found = {
        .topic_id = loop->detect->topics[DETECT_EVENTS].id,
        .now_us = clock_now_us(clock_system()),
    };
    struct assignment_start start = assignment_start_cut(&found, high, arena);
    begin_anew(loop, part, &start);
    return true;
}

/* The topic as it is now, if it is another one than it was (true), or has more partitions, which
 * ticks are to tell. */
static bool find_another(struct evaluate_loop *loop, struct arena *arena, struct kafka_topic *out)
{
    struct kafka_setup_topic *topic = &loop->detect->topics[DETECT_EVENTS];
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    struct kafka_topic found = {0};
    loop->id_ns = clock_monotonic_ns() + id_interval_ns;
    if (kafka_admin_describe(loop->admin, &topic->name, 1, DESCRIBE_WAIT_MS, arena, &found,
                             &problem) != STATUS_OK ||
        !found.exists || found.id.len == 0) {
        return false;
    }
    if (span_equals(found.id, topic->id) && found.partitions > topic->partitions) {
        topic->partitions = found.partitions;
    }
    *out = found;
    return !span_equals(found.id, topic->id);
}

/* What is on its way of the old topic counts no more: nobody could read it again anyway. */
static void change_topic(struct evaluate_loop *loop, const struct kafka_topic *found)
{
    struct kafka_setup_topic *topic = &loop->detect->topics[DETECT_EVENTS];
    struct span before = topic->id;
    topic->id = arena_copy(loop->arena, found->id);
    topic->partitions = found->partitions;
    const struct assignment_start start = {
        .kind = ASSIGNMENT_ANEW, .identity = topic->id, .topic_id = before};
    for (size_t i = 0; i < loop->part_count; i++) {
        if (loop->parts[i] && loop->parts[i]->assignment) {
            begin_anew(loop, loop->parts[i], &start);
        }
    }
}

static bool look_at_all(struct evaluate_loop *loop, struct arena *arena)
{
    struct kafka_topic found;
    bool fine = true;
    if (find_another(loop, arena, &found)) {
        change_topic(loop, &found);
        return true;
    }
    for (size_t i = 0; i < loop->part_count; i++) {
        struct evaluate_part *part = loop->parts[i];
        fine = (!part || !part->assignment || look_at(loop, part, arena)) && fine;
    }
    return fine;
}

static void look(struct evaluate_loop *loop, bool at_all)
{
    struct arena *arena = arena_new(0);
    struct kafka_topic found;
    if (at_all) {
        loop->look_ns = look_at_all(loop, arena) ? 0 : clock_monotonic_ns() + again_ns;
    } else if (find_another(loop, arena, &found)) {
        change_topic(loop, &found);
    }
    arena_free(&arena);
}

void evaluate_trouble_watch(struct evaluate_loop *loop)
{
    uint64_t now_ns = clock_monotonic_ns();
    bool at_all = loop->look_ns && now_ns >= loop->look_ns;
    if (at_all || now_ns >= loop->id_ns) {
        look(loop, at_all);
    }
    move(loop);
}

void evaluate_trouble_pass(struct evaluate_loop *loop)
{
    if (loop->trouble_ns && clock_monotonic_ns() >= loop->trouble_ns + quiet_ns) {
        loop->trouble_ns = 0;
        health_ready(loop->detect->health, SPAN("events"), true, SPAN(""));
    }
}

void evaluate_trouble_meet(struct evaluate_loop *loop, const struct kafka_problem *problem)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (problem->trouble == KAFKA_OUT_OF_RANGE) {
        loop->look_ns = now_ns;
        return;
    }
    if (problem->trouble == KAFKA_CORRUPT) {
        loop->look_ns = now_ns + again_ns; /* the partition stands before it until then */
    }
    loop->trouble_ns = now_ns;
    const struct log_field fields[] = {
        log_text("topic", loop->detect->topics[DETECT_EVENTS].name),
        log_text("problem", kafka_problem_text(problem)),
        log_text("hint", kafka_problem_hint(problem->trouble)),
    };
    event_tell(loop->detect->log, EVENT_TOPIC_UNREADABLE, fields, sizeof fields / sizeof *fields);
    health_ready(loop->detect->health, SPAN("events"), false, kafka_problem_text(problem));
    if (problem->trouble == KAFKA_UNKNOWN_TOPIC) {
        loop->id_ns = 0; /* deleted, perhaps to be made anew */
    }
}
