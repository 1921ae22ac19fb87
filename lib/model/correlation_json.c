/* correlation_json.c: one way to write a correlation; what is read must be written the same way. */
#include "model/correlation.h"

#include "model/json_field.h"

#include <stddef.h>

static const struct span type_names[CORRELATION_TYPE_COUNT] = {
    [CORRELATION_EVENT_COUNT] = {"event_count", 11},
    [CORRELATION_VALUE_COUNT] = {"value_count", 11},
    [CORRELATION_VALUE_SUM] = {"value_sum", 9},
    [CORRELATION_VALUE_AVG] = {"value_avg", 9},
    [CORRELATION_VALUE_PERCENTILE] = {"value_percentile", 16},
    [CORRELATION_TEMPORAL] = {"temporal", 8},
    [CORRELATION_TEMPORAL_ORDERED] = {"temporal_ordered", 16},
    [CORRELATION_ABSENCE] = {"absence", 7},
    [CORRELATION_NEW_TERMS] = {"new_terms", 9},
    [CORRELATION_BASELINE] = {"baseline", 8},
    [CORRELATION_ALL] = {"all", 3},
};
static const struct span window_names[CORRELATION_WINDOW_COUNT] = {
    {"sliding", 7}, {"tumbling", 8}, {"session", 7},
};
static const struct span metric_names[CORRELATION_METRIC_COUNT] = {
    {"event_count", 11}, {"sum", 3}, {"distinct", 8}, {"error_ratio", 11}, {"relative_change", 15},
};
static const struct span compare_names[CORRELATION_COMPARE_COUNT] = {
    {"gt", 2}, {"gte", 3}, {"lt", 2}, {"lte", 3}, {"eq", 2}, {"neq", 3},
};

enum {
    OF_NUMBERS = 1U << CORRELATION_VALUE_SUM | 1U << CORRELATION_VALUE_AVG |
                 1U << CORRELATION_VALUE_PERCENTILE,
    OF_WINDOWS = 1U << CORRELATION_EVENT_COUNT | 1U << CORRELATION_VALUE_COUNT | OF_NUMBERS,
    OF_SEQUENCES = 1U << CORRELATION_TEMPORAL | 1U << CORRELATION_TEMPORAL_ORDERED,
    OF_ABSENCE = 1U << CORRELATION_ABSENCE,
    OF_INPUTS = OF_SEQUENCES | OF_ABSENCE,
    OF_WHOLE = 1U << CORRELATION_ALL,
    OF_ALL = (1U << CORRELATION_TYPE_COUNT) - 1,
};

enum member_type {
    MEMBER_TYPE,
    MEMBER_WINDOW, /* not written when it is sliding */
    MEMBER_METRIC,
    MEMBER_DURATION,
    MEMBER_NUMBER,
    MEMBER_MINS,
    MEMBER_CONDITION,
    MEMBER_FLAG,
    MEMBER_TEXT,
    MEMBER_PARTS,
    MEMBER_INNERS, /* not written without any */
};

/* The members of the text, in their order, and which types have them (a bit each). */
struct member {
    const char *name;
    enum member_type type;
    size_t place;
    uint32_t of;
};

static const struct member members[] = {
    {"type", MEMBER_TYPE, offsetof(struct correlation, type), OF_ALL},
    {"window", MEMBER_WINDOW, offsetof(struct correlation, window), OF_WINDOWS},
    {"timespan_us", MEMBER_DURATION, offsetof(struct correlation, timespan_us), OF_ALL},
    {"lateness_us", MEMBER_DURATION, offsetof(struct correlation, lateness_us), OF_ALL},
    {"learning_us", MEMBER_DURATION, offsetof(struct correlation, learning_us),
     1U << CORRELATION_NEW_TERMS},
    {"before_us", MEMBER_DURATION, offsetof(struct correlation, before_us), OF_ABSENCE},
    {"after_us", MEMBER_DURATION, offsetof(struct correlation, after_us), OF_ABSENCE},
    {"percentile", MEMBER_NUMBER, offsetof(struct correlation, percentile),
     1U << CORRELATION_VALUE_PERCENTILE},
    {"metric", MEMBER_METRIC, offsetof(struct correlation, metric), 1U << CORRELATION_BASELINE},
    {"inputs", MEMBER_NUMBER, offsetof(struct correlation, input_count), OF_INPUTS},
    {"without", MEMBER_NUMBER, offsetof(struct correlation, without_count), OF_ABSENCE},
    {"mins", MEMBER_MINS, offsetof(struct correlation, mins), OF_SEQUENCES},
    {"condition", MEMBER_CONDITION, offsetof(struct correlation, condition),
     OF_WINDOWS | 1U << CORRELATION_NEW_TERMS},
    {"require", MEMBER_TEXT, offsetof(struct correlation, require), OF_WHOLE},
    {"waits", MEMBER_FLAG, offsetof(struct correlation, waits), OF_WHOLE},
    {"parts", MEMBER_PARTS, offsetof(struct correlation, parts), OF_WHOLE},
    {"inner", MEMBER_INNERS, offsetof(struct correlation, inners), OF_ALL},
};
enum { MEMBER_COUNT = sizeof members / sizeof *members };

struct span correlation_type_name(enum correlation_type type)
{
    return type_names[type];
}

struct span correlation_metric_name(enum correlation_metric metric)
{
    return metric_names[metric];
}

struct span correlation_window_name(enum correlation_window window)
{
    return window_names[window];
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

static void write_mins(const struct correlation *correlation, struct json_writer *writer)
{
    json_open_array(writer);
    for (size_t i = 0; i < correlation->input_count; i++) {
        json_write_uint(writer, correlation->mins[i]);
    }
    json_close_array(writer);
}

static void write_parts(const struct correlation *correlation, struct json_writer *writer)
{
    json_open_array(writer);
    for (size_t i = 0; i < correlation->part_count; i++) {
        const struct correlation_part *part = &correlation->parts[i];
        json_open_object(writer);
        json_key(writer, "name");
        json_write_string(writer, part->name);
        json_key(writer, "within_us");
        json_write_int(writer, part->within_us);
        json_key(writer, "rule");
        correlation_write_json(&part->rule, writer);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void write_inners(const struct correlation *correlation, struct json_writer *writer)
{
    json_open_array(writer);
    for (size_t i = 0; i < correlation->inner_count; i++) {
        json_open_object(writer);
        json_key(writer, "input");
        json_write_uint(writer, correlation->inners[i].input);
        json_key(writer, "rule");
        correlation_write_json(&correlation->inners[i].rule, writer);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static bool is_left_out(const struct correlation *correlation, const struct member *member)
{
    return (member->type == MEMBER_WINDOW && correlation->window == WINDOW_SLIDING) ||
           (member->type == MEMBER_INNERS && correlation->inner_count == 0);
}

static void write_member(const struct correlation *correlation, const struct member *member,
                         struct json_writer *writer)
{
    const void *place = (const char *)correlation + member->place;
    if (is_left_out(correlation, member) || !(member->of >> correlation->type & 1)) {
        return;
    }
    json_key(writer, member->name);
    switch (member->type) {
    case MEMBER_TYPE: json_write_string(writer, type_names[correlation->type]); break;
    case MEMBER_WINDOW: json_write_string(writer, window_names[correlation->window]); break;
    case MEMBER_METRIC: json_write_string(writer, metric_names[correlation->metric]); break;
    case MEMBER_DURATION: json_write_int(writer, *(const int64_t *)place); break;
    case MEMBER_NUMBER: json_write_uint(writer, *(const uint32_t *)place); break;
    case MEMBER_MINS: write_mins(correlation, writer); break;
    case MEMBER_CONDITION: correlation_write_condition(place, writer); break;
    case MEMBER_FLAG: json_write_bool(writer, *(const bool *)place); break;
    case MEMBER_TEXT: json_write_string(writer, *(const struct span *)place); break;
    case MEMBER_PARTS: write_parts(correlation, writer); break;
    case MEMBER_INNERS: write_inners(correlation, writer); break;
    }
}

void correlation_write_json(const struct correlation *correlation, struct json_writer *writer)
{
    json_open_object(writer);
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        write_member(correlation, &members[i], writer);
    }
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

/* One of the names of a table, by number. */
static bool read_name(struct json_scan *scan, const struct span *names, size_t count, size_t *out)
{
    struct span name;
    if (!json_field_text(scan, CORRELATION_TEXT_BYTES_MAX, &name)) {
        return false;
    }
    *out = name_place(name, names, count);
    return *out < count || json_scan_fail(scan, "a correlation knows no such word", name.ptr);
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

static bool read_mins(struct json_scan *scan, struct correlation *out)
{
    struct json_array array;
    uint32_t count = 0;
    if (!json_array_open(scan, &array, "mins are a list")) {
        return false;
    }
    while (json_array_next(scan, &array)) {
        if (count == CORRELATION_INPUTS_MAX) {
            return json_scan_fail_limit(scan, "a correlation has at most 16 inputs", scan->at);
        }
        (void)json_field_uint32(scan, &out->mins[count++]);
    }
    return json_scan_ok(scan);
}

/* Where a rule stands: a part has no parts, and neither a part nor an inner one has inner ones. */
enum place { PLACE_WHOLE, PLACE_INNER, PLACE_PART };

static bool read_rule(struct json_scan *scan, enum place place, struct correlation *out);

static bool read_part_member(struct json_scan *scan, struct span name,
                             struct correlation_part *out)
{
    if (span_equals(name, SPAN("name"))) {
        return json_field_text(scan, CORRELATION_NAME_BYTES_MAX, &out->name);
    }
    if (span_equals(name, SPAN("within_us"))) {
        return json_field_int(scan, 1, &out->within_us);
    }
    return span_equals(name, SPAN("rule"))
               ? read_rule(scan, PLACE_PART, &out->rule)
               : json_scan_fail(scan, "no such member of a part", name.ptr);
}

static bool read_parts(struct json_scan *scan, struct correlation *out)
{
    struct json_array array;
    struct json_object object;
    struct span name;
    struct correlation_part *parts = arena_array(scan->arena, CORRELATION_PARTS_MAX, sizeof *parts);
    if (!json_array_open(scan, &array, "parts are a list")) {
        return false;
    }
    out->parts = parts;
    while (json_array_next(scan, &array)) {
        if (out->part_count == CORRELATION_PARTS_MAX) {
            return json_scan_fail_limit(scan, "a correlation has at most 8 parts", scan->at);
        }
        struct correlation_part *part = &parts[out->part_count++];
        *part = (struct correlation_part){0};
        if (json_object_open(scan, &object, "a part is an object")) {
            while (json_object_next(scan, &object, &name)) {
                (void)read_part_member(scan, name, part);
            }
        }
    }
    return json_scan_ok(scan);
}

static bool read_inner_member(struct json_scan *scan, struct span name,
                              struct correlation_inner *out)
{
    if (span_equals(name, SPAN("input"))) {
        return json_field_uint32(scan, &out->input);
    }
    return span_equals(name, SPAN("rule"))
               ? read_rule(scan, PLACE_INNER, &out->rule)
               : json_scan_fail(scan, "no such member of an inner correlation", name.ptr);
}

static bool read_inners(struct json_scan *scan, struct correlation *out)
{
    struct json_array array;
    struct json_object object;
    struct span name;
    struct correlation_inner *inners =
        arena_array(scan->arena, CORRELATION_INNERS_MAX, sizeof *inners);
    if (!json_array_open(scan, &array, "inner correlations are a list")) {
        return false;
    }
    out->inners = inners;
    while (json_array_next(scan, &array)) {
        if (out->inner_count == CORRELATION_INNERS_MAX) {
            return json_scan_fail_limit(scan, "a correlation has at most 16 inner ones", scan->at);
        }
        struct correlation_inner *inner = &inners[out->inner_count++];
        *inner = (struct correlation_inner){0};
        if (json_object_open(scan, &object, "an inner correlation is an object")) {
            while (json_object_next(scan, &object, &name)) {
                (void)read_inner_member(scan, name, inner);
            }
        }
    }
    return json_scan_ok(scan);
}

static bool read_member(struct json_scan *scan, const struct member *member,
                        struct correlation *out)
{
    size_t word = 0;
    bool read = false;
    void *place = (char *)out + member->place;
    switch (member->type) {
    case MEMBER_TYPE:
        read = read_name(scan, type_names, CORRELATION_TYPE_COUNT, &word);
        out->type = read ? (enum correlation_type)word : out->type;
        break;
    case MEMBER_WINDOW:
        read = read_name(scan, window_names, CORRELATION_WINDOW_COUNT, &word);
        out->window = read ? (enum correlation_window)word : out->window;
        break;
    case MEMBER_METRIC:
        read = read_name(scan, metric_names, CORRELATION_METRIC_COUNT, &word);
        out->metric = read ? (enum correlation_metric)word : out->metric;
        break;
    case MEMBER_DURATION: return json_field_int(scan, 0, place);
    case MEMBER_NUMBER: return json_field_uint32(scan, place);
    case MEMBER_MINS: return read_mins(scan, out);
    case MEMBER_CONDITION: return read_condition(scan, place);
    case MEMBER_FLAG: return json_field_bool(scan, place);
    case MEMBER_TEXT: return json_field_text(scan, CORRELATION_REQUIRE_BYTES_MAX, place);
    case MEMBER_PARTS: return read_parts(scan, out);
    case MEMBER_INNERS: return read_inners(scan, out);
    }
    return read;
}

static bool read_named(struct json_scan *scan, struct span name, struct correlation *out)
{
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        if (span_equals(name, span_view(members[i].name))) {
            return read_member(scan, &members[i], out);
        }
    }
    return json_scan_fail(scan, "no such member of a correlation", name.ptr);
}

static bool inputs_are_sound(const struct correlation *correlation)
{
    uint32_t count = correlation->input_count;
    bool sound = count > 0 && count <= CORRELATION_INPUTS_MAX;
    if (correlation->type == CORRELATION_ABSENCE) {
        int64_t timespan_us;
        return sound && correlation->without_count > 0 && correlation->without_count < count &&
               !__builtin_add_overflow(correlation->before_us, correlation->after_us,
                                       &timespan_us) &&
               correlation->timespan_us == (timespan_us ? timespan_us : 1);
    }
    uint64_t together = 0;
    for (size_t i = 0; i < count && sound; i++) {
        sound = correlation->mins[i] > 0;
        together += correlation->mins[i];
    }
    return sound && together <= CORRELATION_MATCH_MAX;
}

static bool parts_are_sound(const struct correlation *correlation)
{
    bool sound = correlation->part_count > 0 && correlation->require.len > 0;
    for (uint32_t i = 0; i < correlation->part_count && sound; i++) {
        const struct correlation_part *part = &correlation->parts[i];
        sound = part->name.len > 0 && part->rule.lateness_us == correlation->lateness_us;
        for (uint32_t k = 0; k < i; k++) {
            sound = sound && !span_equals(part->name, correlation->parts[k].name);
        }
    }
    return sound;
}

/* Each is of an input that there is, and needs no number; in the order of inputs. */
static bool inners_are_sound(const struct correlation *correlation)
{
    bool sound = true;
    uint32_t before = 0;
    for (uint32_t i = 0; i < correlation->inner_count && sound; i++) {
        const struct correlation_inner *inner = &correlation->inners[i];
        uint32_t local;
        uint32_t part;
        const struct correlation *of =
            correlation_of_input(correlation, inner->input, &local, &part);
        sound = of && !correlation_reckons(of) && inner->input >= before &&
                inner->rule.lateness_us <= correlation->lateness_us;
        before = inner->input;
    }
    return sound;
}

static bool is_sound(const struct correlation *correlation)
{
    bool percentile = correlation->type != CORRELATION_VALUE_PERCENTILE ||
                      (correlation->percentile >= 1 && correlation->percentile <= 99);
    bool parts = correlation->type != CORRELATION_ALL || parts_are_sound(correlation);
    return correlation->timespan_us > 0 && percentile && parts &&
           (!correlation_has_inputs(correlation) || inputs_are_sound(correlation)) &&
           inners_are_sound(correlation);
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

static bool may_stand(struct span name, enum place place)
{
    return place == PLACE_WHOLE || !(span_equals(name, SPAN("inner")) ||
                                     (place == PLACE_PART && span_equals(name, SPAN("parts"))));
}

static bool read_rule(struct json_scan *scan, enum place place, struct correlation *out)
{
    struct json_object object;
    struct span name;
    json_scan_peek(scan);
    const char *start = scan->at;
    if (json_object_open(scan, &object, "a correlation is an object")) {
        while (json_object_next(scan, &object, &name)) {
            if (!may_stand(name, place)) {
                return json_scan_fail(scan, "correlations are not as deep as that", name.ptr);
            }
            (void)read_named(scan, name, out);
        }
    }
    return json_scan_ok(scan) &&
           (is_sound(out) || json_scan_fail(scan, "this correlation makes no sense", start));
}

enum status correlation_read_json(struct span text, struct arena *arena, struct correlation *out)
{
    struct json_scan scan;
    struct correlation read = {0};
    if (text.len > CORRELATION_TEXT_BYTES_MAX) {
        return STATUS_INVALID;
    }
    json_scan_init(&scan, text, arena);
    if (!read_rule(&scan, PLACE_WHOLE, &read) || !json_scan_finish(&scan) ||
        !is_written_so(&read, text)) {
        return STATUS_INVALID;
    }
    *out = read;
    return STATUS_OK;
}
