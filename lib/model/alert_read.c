/* alert_read.c: an alert from its JSON; what belongs to the body becomes a body again. */
#include "model/alert_members.h"
#include "model/json_field.h"

static bool read_status(struct json_scan *scan, enum alert_status *out)
{
    struct span name;
    const char *place = scan->at;
    if (!json_field_text(scan, SIGNAL_TEXT_BYTES_MAX, &name)) {
        return false;
    }
    for (enum alert_status status = ALERT_OPENED; status <= ALERT_RESOLVED; status++) {
        if (span_equals(name, alert_status_name(status))) {
            *out = status;
            return true;
        }
    }
    return json_scan_fail(scan, "no such status", place);
}

/* An object with two members that must be there; others are passed over. */
struct pair {
    const char *names[2];
    bool (*read[2])(struct json_scan *scan, struct alert *alert);
};

static bool read_pair(struct json_scan *scan, const struct pair *pair, struct alert *alert)
{
    struct json_object object;
    struct span name;
    bool seen[2] = {false, false};
    const char *place = scan->at;
    if (!json_object_open(scan, &object, "an object is expected")) {
        return false;
    }
    while (json_object_next(scan, &object, &name)) {
        bool second = span_equals(name, span_view(pair->names[1]));
        if (!second && !span_equals(name, span_view(pair->names[0]))) {
            (void)json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
            continue;
        }
        seen[second] = pair->read[second](scan, alert);
    }
    return json_scan_ok(scan) && ((seen[0] && seen[1]) ||
                                  json_scan_fail(scan, "a member is missing here", place));
}

static bool read_sequence(struct json_scan *scan, struct alert *alert)
{
    return json_field_uint(scan, &alert->log_sequence);
}

static bool read_ordinal(struct json_scan *scan, struct alert *alert)
{
    return json_field_uint32(scan, &alert->ordinal);
}

static bool read_source_name(struct json_scan *scan, struct alert *alert)
{
    return json_field_text(scan, SIGNAL_TEXT_BYTES_MAX, &alert->signal.source);
}

static bool read_source_offset(struct json_scan *scan, struct alert *alert)
{
    return json_field_uint(scan, &alert->signal.offset);
}

static const struct pair version_pair = {{"sequence", "ordinal"}, {read_sequence, read_ordinal}};
static const struct pair source_pair = {{"name", "offset"}, {read_source_name, read_source_offset}};

/* Reads the value of one of the alert's own members. */
static bool read_own(struct json_scan *scan, enum alert_member member, struct alert *alert)
{
    struct signal *signal = &alert->signal;
    json_scan_peek(scan); /* so that errors point at the value */
    switch (member) {
    case MEMBER_BODY: break;
    case MEMBER_ID: return json_field_digest(scan, &alert->id);
    case MEMBER_STATUS: return read_status(scan, &alert->status);
    case MEMBER_VERSION: return read_pair(scan, &version_pair, alert);
    case MEMBER_FINDING: return json_field_digest(scan, &signal->finding);
    case MEMBER_SEVERITY: return json_field_text(scan, SIGNAL_TEXT_BYTES_MAX, &signal->severity);
    case MEMBER_EVENT_TIME: return json_field_time(scan, &signal->event_time_us);
    case MEMBER_DETECTED_AT: return json_field_time(scan, &signal->detected_us);
    case MEMBER_GROUP:
        return json_field_text(scan, SIGNAL_GROUP_KEY_BYTES_MAX, &signal->group_key);
    case MEMBER_COUNT: return json_field_uint(scan, &alert->count);
    case MEMBER_FIRST_SEEN: return json_field_time(scan, &alert->first_us);
    case MEMBER_LAST_SEEN: return json_field_time(scan, &alert->last_us);
    case MEMBER_SOURCE: return read_pair(scan, &source_pair, alert);
    case MEMBER_CORRELATION: return json_field_raw(scan, &alert->correlation);
    }
    return false;
}

/* The members by row: the text of the body's, and which of the alert's own were there. */
struct members {
    struct span body[ALERT_ROW_COUNT];
    bool own[ALERT_ROW_COUNT];
};

static bool read_members(struct json_scan *scan, struct alert *alert, struct members *members)
{
    struct json_object object;
    struct span name;
    if (!json_object_open(scan, &object, "an alert is an object")) {
        return false;
    }
    while (json_object_next(scan, &object, &name)) {
        size_t row = alert_row_of(name);
        if (row == ALERT_ROW_COUNT) {
            (void)json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
        } else if (alert_rows[row].member == MEMBER_BODY) {
            (void)json_field_raw(scan, &members->body[row]);
        } else {
            members->own[row] = read_own(scan, alert_rows[row].member, alert);
        }
    }
    return json_scan_finish(scan);
}

/* The body's members in the order of the alert's, as one object. */
static struct span make_body(const struct members *members, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_open_object(&writer);
    for (size_t row = 0; row < ALERT_ROW_COUNT; row++) {
        if (members->body[row].len > 0) {
            json_key(&writer, alert_rows[row].name);
            json_write_raw(&writer, members->body[row]);
        }
    }
    json_close_object(&writer);
    struct span body = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return body;
}

/* The id stands in the body's member "policy". */
static bool read_policy_id(struct span policy, struct arena *arena, struct span *out)
{
    struct json_scan scan;
    struct json_object object;
    struct span name;
    bool found = false;
    json_scan_init(&scan, policy, arena);
    if (!json_object_open(&scan, &object, "an object is expected")) {
        return false;
    }
    while (json_object_next(&scan, &object, &name)) {
        if (span_equals(name, SPAN("id"))) {
            found = json_field_text(&scan, SIGNAL_TEXT_BYTES_MAX, out);
        } else {
            (void)json_scan_value(&scan, JSON_NUMBERS_DECIMAL, NULL);
        }
    }
    return json_scan_ok(&scan) && found;
}

/* What is missing or does not fit together; NULL when nothing is. */
static const char *complete(const struct members *members, struct arena *arena,
                            struct alert *alert)
{
    for (size_t row = 0; row < ALERT_ROW_COUNT; row++) {
        bool optional = alert_rows[row].member == MEMBER_BODY ||
                        alert_rows[row].member == MEMBER_CORRELATION;
        if (!optional && !members->own[row]) {
            return "a member of the alert is missing";
        }
    }
    if (alert->ordinal != (uint32_t)alert->status) {
        return "the ordinal is not that of the status";
    }
    struct span policy = members->body[alert_row_of(SPAN("policy"))];
    if (!read_policy_id(policy, arena, &alert->signal.policy_id)) {
        return "the policy has no id";
    }
    alert->signal.body = make_body(members, arena);
    alert->opened_us = alert->signal.event_time_us;
    return alert->signal.body.len > SIGNAL_BODY_BYTES_MAX ? "the body is too long" : NULL;
}

enum status alert_read_json(struct span text, struct arena *arena, struct json_error *error,
                            struct alert *out)
{
    struct json_scan scan;
    struct alert alert = {0};
    struct members members = {0};
    json_scan_init(&scan, text, arena);
    if (read_members(&scan, &alert, &members)) {
        const char *problem = complete(&members, arena, &alert);
        if (problem) {
            (void)json_scan_fail(&scan, problem, scan.begin);
        }
    }
    if (!json_scan_ok(&scan)) {
        *error = scan.error;
        return scan.status;
    }
    *out = alert;
    return STATUS_OK;
}
