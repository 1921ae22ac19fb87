/* correlation.c: one way to write a correlation; what is read must be written the same way. */
#include "model/correlation.h"

#include "model/json_field.h"

static const struct span type_names[CORRELATION_TYPE_COUNT] = {
    [CORRELATION_EVENT_COUNT] = {"event_count", 11},
    [CORRELATION_VALUE_COUNT] = {"value_count", 11},
    [CORRELATION_VALUE_SUM] = {"value_sum", 9},
    [CORRELATION_NEW_TERMS] = {"new_terms", 9},
};
static const struct span compare_names[CORRELATION_COMPARE_COUNT] = {
    {"gt", 2}, {"gte", 3}, {"lt", 2}, {"lte", 3}, {"eq", 2}, {"neq", 3},
};

struct span correlation_type_name(enum correlation_type type)
{
    return type_names[type];
}

static bool compare_holds(enum correlation_compare compare, int order)
{
    switch (compare) {
    case COMPARE_GT: return order > 0;
    case COMPARE_GTE: return order >= 0;
    case COMPARE_LT: return order < 0;
    case COMPARE_LTE: return order <= 0;
    case COMPARE_EQ: return order == 0;
    case COMPARE_NEQ: return order != 0;
    }
    return false;
}

bool correlation_condition_holds(const struct correlation_condition *condition,
                                 struct decimal value)
{
    bool holds = true;
    for (size_t i = 0; i < CORRELATION_COMPARE_COUNT && holds; i++) {
        holds = !(condition->given >> i & 1) ||
                compare_holds((enum correlation_compare)i,
                              decimal_compare(value, condition->bounds[i]));
    }
    return holds;
}

bool correlation_condition_is_monotone(const struct correlation_condition *condition)
{
    return (condition->given & ~(1U << COMPARE_GT | 1U << COMPARE_GTE)) == 0;
}

int64_t correlation_end_us(const struct correlation *correlation, int64_t event_time_us)
{
    int64_t end;
    if (__builtin_add_overflow(event_time_us, correlation->timespan_us, &end) ||
        __builtin_add_overflow(end, correlation->lateness_us, &end)) {
        return INT64_MAX - 1;
    }
    return end < INT64_MAX ? end : INT64_MAX - 1;
}

void correlation_write_condition(const struct correlation_condition *condition,
                                 struct json_writer *writer)
{
    json_open_object(writer);
    for (size_t i = 0; i < CORRELATION_COMPARE_COUNT; i++) {
        if (condition->given >> i & 1) {
            char number[DECIMAL_TEXT_SIZE];
            json_key_span(writer, compare_names[i]);
            json_write_raw(writer, decimal_format(condition->bounds[i], number));
        }
    }
    json_close_object(writer);
}

void correlation_write_json(const struct correlation *correlation, struct json_writer *writer)
{
    json_open_object(writer);
    json_key(writer, "type");
    json_write_string(writer, type_names[correlation->type]);
    json_key(writer, "timespan_us");
    json_write_int(writer, correlation->timespan_us);
    json_key(writer, "lateness_us");
    json_write_int(writer, correlation->lateness_us);
    if (correlation->type == CORRELATION_NEW_TERMS) {
        json_key(writer, "learning_us");
        json_write_int(writer, correlation->learning_us);
    }
    json_key(writer, "condition");
    correlation_write_condition(&correlation->condition, writer);
    json_close_object(writer);
}

/* The place of a name in a table; `count` when it is not there. */
static size_t name_place(struct span name, const struct span *names, size_t count)
{
    size_t place = 0;
    while (place < count && !span_equals(name, names[place])) {
        place++;
    }
    return place;
}

static bool read_type(struct json_scan *scan, enum correlation_type *out)
{
    struct span name;
    if (!json_field_text(scan, CORRELATION_TEXT_BYTES_MAX, &name)) {
        return false;
    }
    size_t type = name_place(name, type_names, CORRELATION_TYPE_COUNT);
    *out = (enum correlation_type)type;
    return type < CORRELATION_TYPE_COUNT ||
           json_scan_fail(scan, "no such type of correlation", name.ptr);
}

static bool read_bound(struct json_scan *scan, struct span name,
                       struct correlation_condition *out)
{
    struct span number;
    size_t compare = name_place(name, compare_names, CORRELATION_COMPARE_COUNT);
    json_scan_peek(scan);
    const char *place = scan->at;
    if (compare == CORRELATION_COMPARE_COUNT || !json_scan_number(scan, &number) ||
        decimal_parse(number, &out->bounds[compare]) != STATUS_OK) {
        return json_scan_fail(scan, "no such bound of a correlation", place);
    }
    out->given |= 1U << compare;
    return true;
}

static bool read_condition(struct json_scan *scan, struct correlation_condition *out)
{
    struct json_object object;
    struct span name;
    if (!json_object_open(scan, &object, "a condition is an object")) {
        return false;
    }
    while (json_object_next(scan, &object, &name)) {
        (void)read_bound(scan, name, out);
    }
    return json_scan_ok(scan);
}

static bool read_member(struct json_scan *scan, struct span name, struct correlation *out)
{
    if (span_equals(name, SPAN("type"))) {
        return read_type(scan, &out->type);
    }
    if (span_equals(name, SPAN("timespan_us"))) {
        return json_field_int(scan, 0, &out->timespan_us);
    }
    if (span_equals(name, SPAN("lateness_us"))) {
        return json_field_int(scan, 0, &out->lateness_us);
    }
    if (span_equals(name, SPAN("learning_us"))) {
        return json_field_int(scan, 0, &out->learning_us);
    }
    if (span_equals(name, SPAN("condition"))) {
        return read_condition(scan, &out->condition);
    }
    return json_scan_fail(scan, "no such member of a correlation", name.ptr);
}

static bool is_written_so(const struct correlation *correlation, struct span text)
{
    struct buf again = {0};
    struct json_writer writer = json_writer_to(&again);
    correlation_write_json(correlation, &writer);
    bool same = span_equals(buf_view(&again), text);
    buf_deinit(&again);
    return same;
}

enum status correlation_read_json(struct span text, struct correlation *out)
{
    struct json_scan scan;
    struct json_object object;
    struct span name;
    struct correlation read = {0};
    /* without escapes, which are never written, nothing is put into the arena */
    if (text.len > CORRELATION_TEXT_BYTES_MAX || (text.len && memchr(text.ptr, '\\', text.len))) {
        return STATUS_INVALID;
    }
    json_scan_init(&scan, text, NULL);
    if (json_object_open(&scan, &object, "a correlation is an object")) {
        while (json_object_next(&scan, &object, &name)) {
            (void)read_member(&scan, name, &read);
        }
    }
    bool sound = json_scan_ok(&scan) && json_scan_finish(&scan) && read.timespan_us > 0;
    if (!sound || !is_written_so(&read, text)) {
        return STATUS_INVALID;
    }
    *out = read;
    return STATUS_OK;
}
