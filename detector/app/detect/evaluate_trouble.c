/* evaluate_trouble.c: positions that are not in the log any more. A gap is told with its exact
 * range (rule 16); a log that is another one, or was cut at its end, is read under another name
 * (rule 11). */
#include "app/detect/evaluate_loop.h"

#include "app/event.h"
#include "kafka/kafka_admin.h"

enum { WATERMARK_WAIT_MS = 3000, DESCRIBE_WAIT_MS = 3000 };
static const uint64_t id_interval_ns = UINT64_C(30) * 1000000000;

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

/* Reads a partition from an offset, or leaves it to the next round. */
static bool seek(struct evaluate_loop *loop, struct evaluate_part *part, int64_t offset)
{
    if (kafka_consumer_seek(loop->consumer, part->number, offset) != STATUS_OK) {
        return false;
    }
    part->since = loop->turn + 1;
    return true;
}

/* The same partition as another log, from `start`. */
static void begin_anew(struct evaluate_loop *loop, struct evaluate_part *part,
                       const struct assignment_start *start)
{
    evaluate_part_drop(part);
    evaluate_group_take(loop, part, start);
    (void)seek(loop, part, part->origin);
    part->since = loop->turn + 1;
}

/* The records between the last one read and the first one there are lost; what was read goes on to
 * be committed. */
static void pass_gap(struct evaluate_loop *loop, struct evaluate_part *part, int64_t low)
{
    int64_t first = part->polled;
    if (seek(loop, part, low)) {
        tell_gap(loop, part, first, low);
        part->polled = low;
    }
}

static void look_at(struct evaluate_loop *loop, struct evaluate_part *part, struct arena *arena)
{
    int64_t low = 0;
    int64_t high = 0;
    int64_t next = next_of(part);
    if (kafka_consumer_watermarks(loop->consumer, part->number, WATERMARK_WAIT_MS, &low, &high) !=
            STATUS_OK ||
        next == INT64_MAX) {
        return;
    }
    if (next < low) {
        pass_gap(loop, part, low);
    } else if (next > high) {
        const struct assignment_found found = {
            .topic_id = loop->detect->topics[DETECT_EVENTS].id,
            .now_us = clock_now_us(clock_system()),
        };
        struct assignment_start start = assignment_start_cut(&found, high, arena);
        begin_anew(loop, part, &start);
    }
}

/* The id of the topic now; false: not known, or the one that it had. */
static bool find_new_id(struct evaluate_loop *loop, struct arena *arena, struct span *id)
{
    struct kafka_setup_topic *topic = &loop->detect->topics[DETECT_EVENTS];
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    struct kafka_topic found = {0};
    loop->id_ns = clock_monotonic_ns() + id_interval_ns;
    if (kafka_admin_describe(loop->admin, &topic->name, 1, DESCRIBE_WAIT_MS, arena, &found,
                             &problem) != STATUS_OK ||
        !found.exists || found.id.len == 0 || span_equals(found.id, topic->id)) {
        return false;
    }
    *id = found.id;
    return true;
}

/* What is on its way of the old topic counts no more: nobody could read it again anyway. */
static void change_topic(struct evaluate_loop *loop, struct span id)
{
    struct kafka_setup_topic *topic = &loop->detect->topics[DETECT_EVENTS];
    struct span before = topic->id;
    topic->id = arena_copy(loop->arena, id);
    const struct assignment_start start = {
        .kind = ASSIGNMENT_ANEW, .identity = topic->id, .topic_id = before};
    for (size_t i = 0; i < loop->part_count; i++) {
        if (loop->parts[i] && loop->parts[i]->assignment) {
            begin_anew(loop, loop->parts[i], &start);
        }
    }
}

void evaluate_trouble_watch(struct evaluate_loop *loop)
{
    struct span id;
    if (clock_monotonic_ns() < loop->id_ns) {
        return;
    }
    struct arena *arena = arena_new(0);
    if (find_new_id(loop, arena, &id)) {
        change_topic(loop, id);
    }
    arena_free(&arena);
}

static void look_at_all(struct evaluate_loop *loop)
{
    struct arena *arena = arena_new(0);
    struct span id;
    if (find_new_id(loop, arena, &id)) {
        change_topic(loop, id);
    } else {
        for (size_t i = 0; i < loop->part_count; i++) {
            if (loop->parts[i] && loop->parts[i]->assignment) {
                look_at(loop, loop->parts[i], arena);
            }
        }
    }
    arena_free(&arena);
}

void evaluate_trouble_meet(struct evaluate_loop *loop, const struct kafka_problem *problem)
{
    if (problem->trouble == KAFKA_OUT_OF_RANGE) {
        look_at_all(loop);
        return;
    }
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
