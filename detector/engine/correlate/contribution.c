/* contribution.c: written once, when a finding opens an episode. */
#include "engine/correlate/contribution.h"

#include "base/check.h"
#include "base/clock.h"
#include "model/value.h"

static void write_time(struct json_writer *writer, const char *key, int64_t time_us)
{
    char text[CLOCK_TEXT_SIZE];
    json_key(writer, key);
    json_write_string(writer, clock_format(time_us, text));
}

/* numbered: events are told apart by the input that they are of. */
static void write_event(struct json_writer *writer, const struct operator_event *event,
                        bool numbered, const struct sources *sources)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(&event->finding, hex);
    json_open_object(writer);
    json_key(writer, "finding");
    json_write_string(writer, span_of(hex, DIGEST_HEX_LENGTH));
    write_time(writer, "event_time", event->time_us);
    if (numbered) {
        json_key(writer, "input");
        json_write_uint(writer, event->input + 1);
    }
    json_key(writer, "source");
    json_open_object(writer);
    json_key(writer, "name");
    json_write_string(writer, sources_name(sources, event->source));
    json_key(writer, "offset");
    json_write_uint(writer, event->offset);
    json_close_object(writer);
    json_close_object(writer);
}

static void write_events(struct json_writer *writer, const struct operator_firing *firing,
                         bool numbered, const struct sources *sources)
{
    write_time(writer, "from", firing->from_us);
    write_time(writer, "to", firing->to_us);
    json_key(writer, "event_count");
    json_write_uint(writer, firing->event_count);
    if (firing->approximate) {
        json_key(writer, "approximate");
        json_write_bool(writer, true);
    }
    json_key(writer, "events");
    json_open_array(writer);
    for (size_t i = 0; i < firing->listed; i++) {
        write_event(writer, &firing->events[i], numbered, sources);
    }
    json_close_array(writer);
}

static void write_number(struct json_writer *writer, const char *key, struct decimal number)
{
    char text[DECIMAL_TEXT_SIZE];
    json_key(writer, key);
    json_write_raw(writer, decimal_format(number, text));
}

/* Of a baseline: what would have been usual, how that is known, and what there was instead. */
static void write_expected(struct json_writer *writer, enum correlation_metric metric,
                           const struct operator_firing *firing)
{
    const struct operator_expected *expected = &firing->expected;
    json_key(writer, "metric");
    json_write_string(writer, correlation_metric_name(metric));
    write_number(writer, "expected_low", expected->low);
    write_number(writer, "expected_high", expected->high);
    write_number(writer, "observed", firing->value);
    json_key(writer, "view");
    json_write_string(writer, expected->view);
    json_key(writer, "reason");
    json_write_string(writer, expected->reason);
    json_key(writer, "baseline_n");
    json_write_uint(writer, expected->learned);
    json_key(writer, "season_learned");
    json_write_bool(writer, expected->season_learned);
    write_time(writer, "since", firing->since_us);
    if (expected->exceeded_us != 0) {
        write_time(writer, "last_exceeded_at", expected->exceeded_us);
    }
}

static void write_parts(struct json_writer *writer, const struct correlation *rule,
                        const struct operator_firing *firing)
{
    json_key(writer, "require");
    json_write_string(writer, rule->require);
    json_key(writer, "parts");
    json_open_object(writer);
    for (uint32_t i = 0; i < rule->part_count; i++) {
        const struct operator_part *part = &firing->parts[i];
        json_key_span(writer, rule->parts[i].name);
        json_open_object(writer);
        json_key(writer, "holds");
        json_write_bool(writer, part->holds);
        if (part->holds) {
            json_key(writer, "count");
            json_write_uint(writer, part->count);
            write_number(writer, "value", part->value);
            write_time(writer, "since", part->since_us);
        }
        json_close_object(writer);
    }
    json_close_object(writer);
}

/* What the type alone does not say. */
static void write_window(struct json_writer *writer, const struct correlation *correlation)
{
    if (correlation->type == CORRELATION_VALUE_PERCENTILE) {
        json_key(writer, "percentile");
        json_write_uint(writer, correlation->percentile);
    }
    if (correlation->window != WINDOW_SLIDING) {
        json_key(writer, "window");
        json_write_string(writer, correlation_window_name(correlation->window));
    }
}

static void write_duration(struct json_writer *writer, const char *key, int64_t time_us)
{
    struct value duration = {.kind = VALUE_DURATION};
    duration.duration_ns = time_us <= INT64_MAX / 1000 ? 1000 * time_us : INT64_MAX;
    json_key(writer, key);
    value_write_json(&duration, writer);
}

/* What was asked of the events; of parts, of each. */
static void write_rule(struct json_writer *writer, const struct correlation *rule)
{
    bool is_baseline = rule->type == CORRELATION_BASELINE;
    write_duration(writer, is_baseline ? "bucket" : "timespan", rule->timespan_us);
    if (rule->type == CORRELATION_ABSENCE) {
        write_duration(writer, "before", rule->before_us);
        write_duration(writer, "after", rule->after_us);
    }
    if (!is_baseline && !correlation_has_inputs(rule)) {
        json_key(writer, "condition");
        correlation_write_condition(&rule->condition, writer);
    }
}

struct span contribution_write(struct span rule, const struct operator_firing *firing,
                               const struct sources *sources, struct arena *arena)
{
    struct correlation correlation;
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    enum status status = correlation_read_json(rule, arena, &correlation);
    check(status == STATUS_OK);
    json_open_object(&writer);
    json_key(&writer, "type");
    json_write_string(&writer, correlation_type_name(correlation.type));
    if (correlation.type == CORRELATION_ALL) {
        write_parts(&writer, &correlation, firing);
    } else {
        write_window(&writer, &correlation);
        write_rule(&writer, &correlation);
    }
    if (correlation.type == CORRELATION_BASELINE) {
        write_expected(&writer, correlation.metric, firing);
    }
    write_number(&writer, "value", firing->value);
    if (correlation.type == CORRELATION_NEW_TERMS) {
        write_time(&writer, "since", firing->since_us);
    }
    write_events(&writer, firing, correlation_has_inputs(&correlation), sources);
    json_close_object(&writer);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}
