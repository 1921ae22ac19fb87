/* signal_json.c: one table of members, read by the writer and the reader. */
#include "model/signal_json.h"

#include "model/correlation.h"
#include "model/json_field.h"
#include "model/signal_inner.h"
#include "model/state_list.h"

enum field_type {
    FIELD_KIND,
    FIELD_TEXT,
    FIELD_DIGEST,
    FIELD_INT,      /* int64_t */
    FIELD_DURATION, /* int64_t, not negative */
    FIELD_OFFSET,   /* uint64_t */
    FIELD_INDEX,    /* uint32_t */
    FIELD_FLAG,
    FIELD_IF_SET,   /* a flag that is not written when false, and need not be there */
    FIELD_BODY,
    FIELD_CORRELATION,
    FIELD_VALUE,
    FIELD_NUMBER_IF_SET, /* uint32_t */
    FIELD_INNER,         /* these four are not written when empty or 0, and need not be there */
};

/* Which signals have the member. */
enum { OF_FINDING = 1, OF_TICK = 2, OF_STATES = 4, OF_ALL = 7 };

struct field {
    const char *name;
    enum field_type type;
    unsigned of;
    size_t place; /* in struct signal */
    size_t bytes_max;
};

static const struct field fields[] = {
    {"kind", FIELD_KIND, OF_ALL, 0, 0},
    {"policy", FIELD_TEXT, OF_FINDING, offsetof(struct signal, policy_id), SIGNAL_TEXT_BYTES_MAX},
    {"policy_version", FIELD_DIGEST, OF_FINDING, offsetof(struct signal, policy_version), 0},
    {"state", FIELD_DIGEST, OF_FINDING, offsetof(struct signal, state_id), 0},
    {"finding", FIELD_DIGEST, OF_FINDING, offsetof(struct signal, finding), 0},
    {"fan_index", FIELD_INDEX, OF_FINDING, offsetof(struct signal, fan_index), 0},
    {"group", FIELD_TEXT, OF_FINDING, offsetof(struct signal, group_key),
     SIGNAL_GROUP_KEY_BYTES_MAX},
    {"severity", FIELD_TEXT, OF_FINDING, offsetof(struct signal, severity), SIGNAL_TEXT_BYTES_MAX},
    {"source", FIELD_TEXT, OF_FINDING | OF_TICK, offsetof(struct signal, source),
     SIGNAL_TEXT_BYTES_MAX},
    {"offset", FIELD_OFFSET, OF_FINDING | OF_TICK, offsetof(struct signal, offset), 0},
    {"event_time_us", FIELD_INT, OF_FINDING, offsetof(struct signal, event_time_us), 0},
    {"watermark_us", FIELD_INT, OF_FINDING | OF_TICK, offsetof(struct signal, watermark_us), 0},
    {"detected_us", FIELD_INT, OF_ALL, offsetof(struct signal, detected_us), 0},
    {"horizon_us", FIELD_DURATION, OF_FINDING, offsetof(struct signal, horizon_us), 0},
    {"episode_us", FIELD_DURATION, OF_FINDING, offsetof(struct signal, episode_us), 0},
    {"summary", FIELD_FLAG, OF_FINDING, offsetof(struct signal, summary), 0},
    {"correlation", FIELD_CORRELATION, OF_FINDING, offsetof(struct signal, correlation),
     CORRELATION_TEXT_BYTES_MAX},
    {"value", FIELD_VALUE, OF_FINDING, offsetof(struct signal, value), SIGNAL_VALUE_BYTES_MAX},
    {"input", FIELD_NUMBER_IF_SET, OF_FINDING, offsetof(struct signal, input), 0},
    {"inner", FIELD_INNER, OF_FINDING, offsetof(struct signal, inner), SIGNAL_INNER_BYTES_MAX},
    {"partitions", FIELD_NUMBER_IF_SET, OF_TICK, offsetof(struct signal, partitions), 0},
    {"idle", FIELD_IF_SET, OF_TICK, offsetof(struct signal, idle), 0},
    {"revision", FIELD_DIGEST, OF_TICK | OF_STATES, offsetof(struct signal, revision), 0},
    {"body", FIELD_BODY, OF_FINDING | OF_STATES, offsetof(struct signal, body),
     SIGNAL_BODY_BYTES_MAX},
};
enum { FIELD_COUNT = sizeof fields / sizeof *fields };

/* By enum signal_kind. */
static const char *const kinds[] = {"match", "not_evaluable", "tick", "states"};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static unsigned group_of(enum signal_kind kind)
{
    return kind == SIGNAL_TICK ? OF_TICK : kind == SIGNAL_STATES ? OF_STATES : OF_FINDING;
}

static void write_digest(const struct digest *digest, struct json_writer *writer)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(digest, hex);
    json_write_string(writer, span_of(hex, DIGEST_HEX_LENGTH));
}

static bool is_optional(const struct field *field)
{
    return field->type == FIELD_CORRELATION || field->type == FIELD_VALUE ||
           field->type == FIELD_NUMBER_IF_SET || field->type == FIELD_INNER ||
           field->type == FIELD_IF_SET;
}

static bool is_left_out(const struct field *field, const void *place)
{
    if (field->type == FIELD_IF_SET) {
        return !*(const bool *)place;
    }
    return is_optional(field) && (field->type == FIELD_NUMBER_IF_SET
                                      ? *(const uint32_t *)place == 0
                                      : ((const struct span *)place)->len == 0);
}

static void write_field(const struct signal *signal, const struct field *field,
                        struct json_writer *writer)
{
    const void *place = (const char *)signal + field->place;
    if (is_left_out(field, place)) {
        return;
    }
    json_key(writer, field->name);
    switch (field->type) {
    case FIELD_KIND: json_write_string(writer, span_view(kinds[signal->kind])); break;
    case FIELD_TEXT: json_write_string(writer, *(const struct span *)place); break;
    case FIELD_DIGEST: write_digest(place, writer); break;
    case FIELD_INT:
    case FIELD_DURATION: json_write_int(writer, *(const int64_t *)place); break;
    case FIELD_OFFSET: json_write_uint(writer, *(const uint64_t *)place); break;
    case FIELD_NUMBER_IF_SET:
    case FIELD_INDEX: json_write_uint(writer, *(const uint32_t *)place); break;
    case FIELD_FLAG:
    case FIELD_IF_SET: json_write_bool(writer, *(const bool *)place); break;
    case FIELD_CORRELATION:
    case FIELD_VALUE:
    case FIELD_INNER:
    case FIELD_BODY: json_write_raw(writer, *(const struct span *)place); break;
    }
}

void signal_write_json(const struct signal *signal, struct json_writer *writer)
{
    json_open_object(writer);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].of & group_of(signal->kind)) {
            write_field(signal, &fields[i], writer);
        }
    }
    json_close_object(writer);
}

static bool read_kind(struct json_scan *scan, enum signal_kind *out)
{
    struct span name;
    const char *place = scan->at;
    size_t kind = 0;
    if (!json_field_text(scan, SIGNAL_TEXT_BYTES_MAX, &name)) {
        return false;
    }
    while (kind < KIND_COUNT && !span_equals(name, span_view(kinds[kind]))) {
        kind++;
    }
    *out = (enum signal_kind)kind;
    return kind < KIND_COUNT || json_scan_fail(scan, "no such kind of signal", place);
}

static bool read_body(struct json_scan *scan, struct span *out)
{
    if (json_scan_peek(scan) != '{') {
        return json_scan_fail(scan, "the body must be an object", scan->at);
    }
    const char *start = scan->at;
    return json_field_raw(scan, out) &&
           (out->len <= SIGNAL_BODY_BYTES_MAX ||
            json_scan_fail_limit(scan, "the body is too long", start));
}

static bool read_correlation(struct json_scan *scan, struct span *out)
{
    struct correlation ignored;
    const char *start = scan->at;
    return json_field_raw(scan, out) &&
           (correlation_read_json(*out, scan->arena, &ignored) == STATUS_OK ||
            json_scan_fail(scan, "this correlation is not one that can be watched", start));
}

static bool read_inner(struct json_scan *scan, struct span *out)
{
    struct signal_inner ignored;
    const char *start = scan->at;
    return json_field_raw(scan, out) &&
           (signal_inner_read_json(*out, scan->arena, &ignored) == STATUS_OK ||
            json_scan_fail(scan, "this is nothing to an inner correlation", start));
}

static bool read_value(struct json_scan *scan, struct span *out)
{
    const char *start = scan->at;
    return json_field_raw(scan, out) &&
           (out->len <= SIGNAL_VALUE_BYTES_MAX ||
            json_scan_fail_limit(scan, "the value is too long", start));
}

static bool read_field(struct json_scan *scan, const struct field *field, struct signal *out)
{
    void *place = (char *)out + field->place;
    json_scan_peek(scan); /* so that errors point at the value */
    switch (field->type) {
    case FIELD_KIND: return read_kind(scan, &out->kind);
    case FIELD_TEXT: return json_field_text(scan, field->bytes_max, place);
    case FIELD_DIGEST: return json_field_digest(scan, place);
    case FIELD_INT: return json_field_int(scan, INT64_MIN, place);
    case FIELD_DURATION: return json_field_int(scan, 0, place);
    case FIELD_OFFSET: return json_field_uint(scan, place);
    case FIELD_NUMBER_IF_SET:
    case FIELD_INDEX: return json_field_uint32(scan, place);
    case FIELD_FLAG:
    case FIELD_IF_SET: return json_field_bool(scan, place);
    case FIELD_BODY: return read_body(scan, place);
    case FIELD_CORRELATION: return read_correlation(scan, place);
    case FIELD_VALUE: return read_value(scan, place);
    case FIELD_INNER: return read_inner(scan, place);
    }
    return false;
}

static size_t field_of(struct span name)
{
    size_t field = 0;
    while (field < FIELD_COUNT && !span_equals(span_view(fields[field].name), name)) {
        field++;
    }
    return field;
}

/* Reads the members into *out; `seen` has a bit for each field. */
static bool read_members(struct json_scan *scan, struct signal *out, uint32_t *seen)
{
    struct json_object object;
    struct span name;
    if (!json_object_open(scan, &object, "a signal is an object")) {
        return false;
    }
    while (json_object_next(scan, &object, &name)) {
        size_t field = field_of(name);
        if (field == FIELD_COUNT) {
            (void)json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
        } else if (read_field(scan, &fields[field], out)) {
            *seen |= UINT32_C(1) << field;
        }
    }
    return json_scan_finish(scan);
}

static bool has_all(const struct signal *signal, uint32_t seen)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        bool wanted = (fields[i].of & group_of(signal->kind)) && !is_optional(&fields[i]);
        if (wanted && !(seen >> i & 1)) {
            return false;
        }
    }
    return true;
}

/* What its kind does not say is not taken from what stands there all the same. */
static struct signal said_of(const struct signal *read)
{
    struct signal said = *read;
    if (read->kind == SIGNAL_TICK) {
        said = (struct signal){
            .source = read->source,
            .offset = read->offset,
            .event_time_us = read->watermark_us,
            .watermark_us = read->watermark_us,
            .idle = read->idle,
            .partitions = read->partitions,
            .revision = read->revision,
        };
    } else if (read->kind == SIGNAL_STATES) {
        said = (struct signal){
            .watermark_us = INT64_MIN, .revision = read->revision, .body = read->body};
    } else {
        said.idle = false;
        said.partitions = 0;
        said.revision = (struct digest){0};
    }
    said.kind = read->kind;
    said.detected_us = read->detected_us;
    return said;
}

static bool has_states(const struct signal *signal, struct arena *arena)
{
    struct state_list ignored;
    return signal->kind != SIGNAL_STATES ||
           state_list_read(signal->body, arena, &ignored) == STATUS_OK;
}

enum status signal_read_json(struct span text, struct arena *arena, struct json_error *error,
                             struct signal *out)
{
    struct json_scan scan;
    struct signal signal = {0};
    uint32_t seen = 0;
    json_scan_init(&scan, text, arena);
    if (read_members(&scan, &signal, &seen) && !has_all(&signal, seen)) {
        (void)json_scan_fail(&scan, "a member of the signal is missing", scan.begin);
    }
    if (json_scan_ok(&scan) && !has_states(&signal, arena)) {
        (void)json_scan_fail(&scan, "the body is no list of states", scan.begin);
    }
    if (!json_scan_ok(&scan)) {
        *error = scan.error;
        return scan.status;
    }
    *out = said_of(&signal);
    return STATUS_OK;
}
