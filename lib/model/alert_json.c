/* An alert as JSON: what the alert itself says, and the members of its body, in one order. The body
 * is JSON already; its members are found by their outlines and written as they stand. */
#include "base/clock.h"
#include "model/alert_members.h"

const struct alert_row alert_rows[ALERT_ROW_COUNT] = {
    {"id", MEMBER_ID},
    {"status", MEMBER_STATUS},
    {"version", MEMBER_VERSION},
    {"finding", MEMBER_FINDING},
    {"policy", MEMBER_BODY},
    {"found_by", MEMBER_BODY},
    {"severity", MEMBER_SEVERITY},
    {"title", MEMBER_BODY},
    {"description", MEMBER_BODY},
    {"problem", MEMBER_BODY},
    {"event_time", MEMBER_EVENT_TIME},
    {"detected_at", MEMBER_DETECTED_AT},
    {"table", MEMBER_BODY},
    {"region", MEMBER_BODY},
    {"account", MEMBER_BODY},
    {"op", MEMBER_BODY},
    {"service", MEMBER_BODY},
    {"actor", MEMBER_BODY},
    {"keys", MEMBER_BODY},
    {"changes", MEMBER_BODY},
    {"changes_omitted", MEMBER_BODY},
    {"context", MEMBER_BODY},
    {"context_omitted", MEMBER_BODY},
    {"correlation", MEMBER_CORRELATION},
    {"group", MEMBER_GROUP},
    {"count", MEMBER_COUNT},
    {"first_seen", MEMBER_FIRST_SEEN},
    {"last_seen", MEMBER_LAST_SEEN},
    {"steps", MEMBER_BODY},
    {"runbook", MEMBER_BODY},
    {"tags", MEMBER_BODY},
    {"compliance", MEMBER_BODY},
    {"references", MEMBER_BODY},
    {"false_positives", MEMBER_BODY},
    {"routes", MEMBER_BODY},
    {"source", MEMBER_SOURCE},
};
enum { CUT_MEMBER_BYTES = 512 }; /* longer members are the first to go */

/* A walk over the members of an object. */
struct walk {
    struct span rest;
    struct span name;
    struct span value;
};

static void skip_space(struct span *text)
{
    size_t i = 0;
    while (i < text->len && (text->ptr[i] == ' ' || text->ptr[i] == '\n' ||
                             text->ptr[i] == '\r' || text->ptr[i] == '\t')) {
        i++;
    }
    *text = span_of(text->ptr + i, text->len - i);
}

/* Takes the first `length` bytes off a text. */
static struct span take(struct span *text, size_t length)
{
    struct span taken = span_of(text->ptr, length);
    *text = span_of(text->ptr + length, text->len - length);
    return taken;
}

static bool take_char(struct span *text, char expected)
{
    skip_space(text);
    if (text->len == 0 || text->ptr[0] != expected) {
        return false;
    }
    take(text, 1);
    return true;
}

/* Length of the string at the start of the text with its quotes; 0 when it does not end. */
static size_t string_length(struct span text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '\\') {
            i++;
        } else if (text.ptr[i] == '"') {
            return i + 1;
        }
    }
    return 0;
}

/* Length of the value at the start of the text: up to a comma or bracket of the level around it. */
static size_t value_length(struct span text)
{
    size_t depth = 0;
    size_t i = 0;
    while (i < text.len) {
        char c = text.ptr[i];
        if (c == '"') {
            size_t length = string_length(span_of(text.ptr + i, text.len - i));
            if (length == 0) {
                return 0;
            }
            i += length;
            continue;
        }
        bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',')) {
            return i;
        }
        depth += c == '{' || c == '[';
        depth -= closes;
        i++;
    }
    return 0;
}

static bool walk_begin(struct walk *walk, struct span body)
{
    walk->rest = body;
    return take_char(&walk->rest, '{');
}

/* Steps to the next member; false at the end, or where the text is no object. */
static bool walk_next(struct walk *walk)
{
    take_char(&walk->rest, ',');
    skip_space(&walk->rest);
    if (walk->rest.len == 0 || walk->rest.ptr[0] != '"') {
        return false;
    }
    size_t length = string_length(walk->rest);
    if (length == 0) {
        return false;
    }
    struct span quoted = take(&walk->rest, length);
    walk->name = span_of(quoted.ptr + 1, quoted.len - 2);
    if (!take_char(&walk->rest, ':')) {
        return false;
    }
    skip_space(&walk->rest);
    length = value_length(walk->rest);
    walk->value = span_trim(take(&walk->rest, length));
    return length > 0;
}

struct span alert_body_member(struct span body, struct span name)
{
    struct walk walk;
    bool found = walk_begin(&walk, body);
    while (found && walk_next(&walk)) {
        if (span_equals(walk.name, name)) {
            return walk.value;
        }
    }
    return span_of(NULL, 0);
}

struct span alert_body_text(struct span body, struct span name)
{
    struct span json = alert_body_member(body, name);
    bool plain = json.len > 2 && json.ptr[0] == '"' && !memchr(json.ptr, '\\', json.len);
    return plain ? span_of(json.ptr + 1, json.len - 2) : span_of(NULL, 0);
}

size_t alert_row_of(struct span name)
{
    size_t row = 0;
    while (row < ALERT_ROW_COUNT && !span_equals(span_view(alert_rows[row].name), name)) {
        row++;
    }
    return row;
}

/* The body's member of each row; empty where it has none. */
static void find_members(struct span body, struct span members[ALERT_ROW_COUNT])
{
    struct walk walk;
    bool open = walk_begin(&walk, body);
    while (open && walk_next(&walk)) {
        size_t row = alert_row_of(walk.name);
        if (row < ALERT_ROW_COUNT) {
            members[row] = walk.value;
        }
    }
}

static void write_digest(struct json_writer *writer, const struct digest *digest)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(digest, hex);
    json_write_string(writer, span_of(hex, DIGEST_HEX_LENGTH));
}

static void write_time(struct json_writer *writer, int64_t time_us)
{
    char text[CLOCK_TEXT_SIZE];
    json_write_string(writer, clock_format(time_us, text));
}

static void write_version(struct json_writer *writer, const struct alert *alert)
{
    json_open_object(writer);
    json_key(writer, "sequence");
    json_write_uint(writer, alert->log_sequence);
    json_key(writer, "ordinal");
    json_write_uint(writer, alert->ordinal);
    json_close_object(writer);
}

static void write_source(struct json_writer *writer, const struct signal *signal)
{
    json_open_object(writer);
    json_key(writer, "name");
    json_write_string(writer, signal->source);
    json_key(writer, "offset");
    json_write_uint(writer, signal->offset);
    json_close_object(writer);
}

static void write_own(struct json_writer *writer, const struct alert *alert,
                      enum alert_member member)
{
    switch (member) {
    case MEMBER_BODY: break;
    case MEMBER_ID: write_digest(writer, &alert->id); break;
    case MEMBER_STATUS: json_write_string(writer, alert_status_name(alert->status)); break;
    case MEMBER_VERSION: write_version(writer, alert); break;
    case MEMBER_FINDING: write_digest(writer, &alert->signal.finding); break;
    case MEMBER_SEVERITY: json_write_string(writer, alert->signal.severity); break;
    case MEMBER_EVENT_TIME: write_time(writer, alert->signal.event_time_us); break;
    case MEMBER_DETECTED_AT: write_time(writer, alert->signal.detected_us); break;
    case MEMBER_GROUP: json_write_string(writer, alert->signal.group_key); break;
    case MEMBER_COUNT: json_write_uint(writer, alert->count); break;
    case MEMBER_FIRST_SEEN: write_time(writer, alert->first_us); break;
    case MEMBER_LAST_SEEN: write_time(writer, alert->last_us); break;
    case MEMBER_SOURCE: write_source(writer, &alert->signal); break;
    case MEMBER_CORRELATION: json_write_raw(writer, alert->correlation); break;
    }
}

static bool is_named(size_t row, const char *name)
{
    return strcmp(alert_rows[row].name, name) == 0;
}

/* Whether the body's member of this row has no place. */
static bool is_left_out(size_t row, struct span member, enum alert_cut cut)
{
    if (cut >= ALERT_CUT_CONTEXT && is_named(row, "context")) {
        return true;
    }
    if (cut >= ALERT_CUT_CHANGES && is_named(row, "changes")) {
        return true;
    }
    return cut == ALERT_CUT_MOST && member.len > CUT_MEMBER_BYTES && !is_named(row, "title");
}

/* What stands for a member that was left out: readers may rely on those that are always there. */
static void write_left_out(const struct alert *alert, size_t row, struct span member,
                           struct json_writer *writer)
{
    if (is_named(row, "policy")) {
        json_key(writer, "policy");
        json_open_object(writer);
        json_key(writer, "id");
        json_write_string(writer, alert->signal.policy_id);
        json_close_object(writer);
    } else if (member.ptr[0] == '[' || member.ptr[0] == '{') {
        json_key(writer, alert_rows[row].name);
        json_write_raw(writer, member.ptr[0] == '[' ? SPAN("[]") : SPAN("{}"));
    }
}

static void write_cut(struct span members[ALERT_ROW_COUNT], enum alert_cut cut,
                      struct json_writer *writer)
{
    json_key(writer, "cut");
    json_open_array(writer);
    for (size_t row = 0; row < ALERT_ROW_COUNT; row++) {
        if (members[row].len > 0 && is_left_out(row, members[row], cut)) {
            json_write_string(writer, span_view(alert_rows[row].name));
        }
    }
    json_close_array(writer);
}

static void write_row(const struct alert *alert, size_t row, struct span member,
                      enum alert_cut cut, struct json_writer *writer)
{
    if (alert_rows[row].member == MEMBER_CORRELATION && alert->correlation.len == 0) {
        return;
    }
    if (alert_rows[row].member != MEMBER_BODY) {
        json_key(writer, alert_rows[row].name);
        write_own(writer, alert, alert_rows[row].member);
    } else if (member.len > 0 && is_left_out(row, member, cut)) {
        write_left_out(alert, row, member, writer);
    } else if (member.len > 0) {
        json_key(writer, alert_rows[row].name);
        json_write_raw(writer, member);
    }
}

void alert_write_json_cut(const struct alert *alert, enum alert_cut cut,
                          struct json_writer *writer)
{
    struct span members[ALERT_ROW_COUNT] = {{0}};
    find_members(alert->signal.body, members);
    json_open_object(writer);
    for (size_t row = 0; row < ALERT_ROW_COUNT; row++) {
        write_row(alert, row, members[row], cut, writer);
    }
    if (cut != ALERT_WHOLE) {
        write_cut(members, cut, writer);
    }
    json_close_object(writer);
}

void alert_write_json(const struct alert *alert, struct json_writer *writer)
{
    alert_write_json_cut(alert, ALERT_WHOLE, writer);
}
