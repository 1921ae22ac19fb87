/* dynamodb.c: one reader a level of the record, then what must fit together is checked. */
#include "model/dynamodb.h"

#include "model/attribute.h"
#include "model/creation_time.h"
#include "model/json_string.h"

enum { ATTRIBUTES_ON_STACK = 64 };

/* A record being read. */
struct record {
    struct json_scan scan;
    struct change change;
    struct span event_name;
    struct span source_arn;
    struct creation_time creation;
    bool has_dynamodb;
};

bool record_format_parse(struct span name, enum record_format *out)
{
    static const struct span names[] = {
        [RECORD_FORMAT_AUTO] = {"auto", 4},
        [RECORD_FORMAT_DYNAMODB_KINESIS] = {"dynamodb-kinesis", 16},
        [RECORD_FORMAT_DYNAMODB_STREAMS] = {"dynamodb-streams", 16},
        [RECORD_FORMAT_CLOUDTRAIL] = {"cloudtrail", 10},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (span_equals(names[i], name)) {
            *out = (enum record_format)i;
            return true;
        }
    }
    return false;
}

/* Members that are text or null, where they go, and what to say when they are not. */
static const struct text_member {
    struct span name;
    size_t offset;
    const char *wrong;
} text_members[] = {
    {{"eventName", 9}, offsetof(struct record, event_name), "eventName must be a string"},
    {{"tableName", 9}, offsetof(struct record, change.table), "tableName must be a string"},
    {{"eventID", 7}, offsetof(struct record, change.event_id), "eventID must be a string"},
    {{"awsRegion", 9}, offsetof(struct record, change.region), "awsRegion must be a string"},
    {{"eventSourceARN", 14}, offsetof(struct record, source_arn),
     "eventSourceARN must be a string"},
};

/* Reads a string or null (the empty text). */
static bool read_text(struct json_scan *scan, struct span *out, const char *wrong)
{
    struct json_text text;
    char next = json_scan_peek(scan);
    if (next == 'n') {
        return json_scan_word(scan, SPAN("null"));
    }
    if (next != '"') {
        return json_scan_fail(scan, wrong, scan->at);
    }
    if (!json_scan_string(scan, &text)) {
        return false;
    }
    *out = json_text_resolve(text, scan->arena);
    return true;
}

/* Attributes being collected: on the stack first, so that the arena gets just as many as there
 * are. */
struct collector {
    struct attribute *items;
    uint32_t count;
    uint32_t capacity;
    struct attribute first[ATTRIBUTES_ON_STACK];
};

static struct attribute *next_attribute(struct collector *collector, struct arena *arena)
{
    if (collector->count == collector->capacity) {
        uint32_t capacity = collector->capacity * 2;
        struct attribute *grown = arena_array(arena, capacity, sizeof *grown);
        memcpy(grown, collector->items, collector->count * sizeof *grown);
        collector->items = grown;
        collector->capacity = capacity;
    }
    return &collector->items[collector->count++];
}

static struct image collected_image(const struct collector *collector, struct arena *arena)
{
    const struct attribute *attributes = collector->items;
    if (attributes == collector->first) {
        struct attribute *copy = arena_array(arena, collector->count, sizeof *copy);
        memcpy(copy, attributes, collector->count * sizeof *copy);
        attributes = copy;
    }
    return (struct image){attributes, collector->count, true};
}

static bool read_image(struct json_scan *scan, struct image *out)
{
    struct json_object object;
    struct span name;
    struct collector collector;
    if (json_scan_peek(scan) == 'n') {
        return json_scan_word(scan, SPAN("null"));
    }
    if (!json_object_open(scan, &object, "Keys and images must be objects")) {
        return false;
    }
    collector.items = collector.first;
    collector.count = 0;
    collector.capacity = ATTRIBUTES_ON_STACK;
    while (json_object_next(scan, &object, &name)) {
        struct attribute *attribute = next_attribute(&collector, scan->arena);
        attribute->name = name;
        attribute_scan(scan, attribute);
    }
    if (!json_scan_ok(scan)) {
        return false;
    }
    *out = collected_image(&collector, scan->arena);
    return true;
}

static bool read_creation_time(struct record *record)
{
    char next = json_scan_peek(&record->scan);
    record->creation.place = record->scan.at;
    if (next == '"') {
        return json_scan_fail(&record->scan, "ApproximateCreationDateTime must be a number",
                              record->scan.at);
    }
    return json_scan_number(&record->scan, &record->creation.text);
}

static bool read_dynamodb_member(struct record *record, struct span name)
{
    struct json_scan *scan = &record->scan;
    if (span_equals(name, SPAN("Keys"))) {
        return read_image(scan, &record->change.keys);
    }
    if (span_equals(name, SPAN("NewImage"))) {
        return read_image(scan, &record->change.new_image);
    }
    if (span_equals(name, SPAN("OldImage"))) {
        return read_image(scan, &record->change.old_image);
    }
    if (span_equals(name, SPAN("ApproximateCreationDateTime"))) {
        return read_creation_time(record);
    }
    if (span_equals(name, SPAN("ApproximateCreationDateTimePrecision"))) {
        return read_text(scan, &record->creation.precision,
                         "ApproximateCreationDateTimePrecision must be a string");
    }
    return json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
}

static bool read_dynamodb(struct record *record)
{
    struct json_object object;
    struct span name;
    record->has_dynamodb = true;
    if (!json_object_open(&record->scan, &object, "dynamodb must be an object")) {
        return false;
    }
    while (json_object_next(&record->scan, &object, &name)) {
        read_dynamodb_member(record, name);
    }
    return json_scan_ok(&record->scan);
}

/* Kinesis writes type and principalId, the Streams API Type and PrincipalId. */
static bool read_identity_member(struct record *record, struct span name)
{
    bool is_type = span_equals(name, SPAN("type")) || span_equals(name, SPAN("Type"));
    bool is_id = span_equals(name, SPAN("principalId")) || span_equals(name, SPAN("PrincipalId"));
    if (!is_type && !is_id) {
        return json_scan_value(&record->scan, JSON_NUMBERS_DECIMAL, NULL);
    }
    struct span *field = is_type ? &record->change.principal_type : &record->change.principal_id;
    if (json_scan_peek(&record->scan) == '"' && field->ptr) {
        return json_scan_fail(&record->scan, "userIdentity says this twice", record->scan.at);
    }
    return read_text(&record->scan, field,
                     is_type ? "the type of userIdentity must be a string"
                             : "the principalId of userIdentity must be a string");
}

static bool read_identity(struct record *record)
{
    struct json_object object;
    struct span name;
    if (json_scan_peek(&record->scan) == 'n') {
        return json_scan_word(&record->scan, SPAN("null"));
    }
    if (!json_object_open(&record->scan, &object, "userIdentity must be an object or null")) {
        return false;
    }
    while (json_object_next(&record->scan, &object, &name)) {
        read_identity_member(record, name);
    }
    return json_scan_ok(&record->scan);
}

static bool read_member(struct record *record, struct span name)
{
    if (span_equals(name, SPAN("dynamodb"))) {
        return read_dynamodb(record);
    }
    if (span_equals(name, SPAN("userIdentity"))) {
        return read_identity(record);
    }
    for (size_t i = 0; i < sizeof text_members / sizeof *text_members; i++) {
        const struct text_member *member = &text_members[i];
        if (span_equals(name, member->name)) {
            struct span *field = (struct span *)(void *)((char *)record + member->offset);
            return read_text(&record->scan, field, member->wrong);
        }
    }
    return json_scan_value(&record->scan, JSON_NUMBERS_DECIMAL, NULL);
}

static bool read_record(struct record *record)
{
    struct json_object object;
    struct span name;
    if (!json_object_open(&record->scan, &object, "a record is a JSON object")) {
        return false;
    }
    while (json_object_next(&record->scan, &object, &name)) {
        read_member(record, name);
    }
    return json_scan_finish(&record->scan);
}

/* The NAME of "arn:...:table/NAME/stream/..."; empty when there is none. */
static struct span table_of_arn(struct span arn)
{
    static const struct span mark = {":table/", 7};
    for (size_t i = 0; i + mark.len < arn.len; i++) {
        if (span_equals(span_of(arn.ptr + i, mark.len), mark)) {
            size_t start = i + mark.len;
            const char *slash = memchr(arn.ptr + start, '/', arn.len - start);
            size_t end = slash ? (size_t)(slash - arn.ptr) : arn.len;
            return span_of(arn.ptr + start, end - start);
        }
    }
    return span_of(NULL, 0);
}

/* Keys are S, N or B, which stand first in the enum. */
static bool keys_are_sound(const struct image *keys)
{
    for (uint32_t i = 0; i < keys->count; i++) {
        if (keys->attributes[i].type > ATTRIBUTE_B) {
            return false;
        }
    }
    return keys->count > 0;
}

/* What is missing or contradictory in a record that is well-formed; NULL when nothing is. */
static const char *find_missing(const struct record *record)
{
    const struct change *change = &record->change;
    if (!record->event_name.ptr) {
        return "eventName is missing";
    }
    if (!record->has_dynamodb) {
        return "the member dynamodb is missing";
    }
    if (!change->keys.present) {
        return "dynamodb.Keys is missing";
    }
    if (!keys_are_sound(&change->keys)) {
        return "dynamodb.Keys must hold at least one attribute, each of type S, N or B";
    }
    if (!record->creation.text.len) {
        return "dynamodb.ApproximateCreationDateTime is missing";
    }
    if (!change->table.len) {
        return "neither tableName nor eventSourceARN says which table changed";
    }
    return NULL;
}

/* DynamoDB deletes expired items in its own name (Developer Guide, "DynamoDB Streams and Time to
 * Live"). */
static bool is_ttl_expiry(const struct change *change)
{
    return change->op == CHANGE_REMOVE && span_equals(change->principal_type, SPAN("Service")) &&
           span_equals(change->principal_id, SPAN("dynamodb.amazonaws.com"));
}

/* Derives what the members only say together. */
static bool complete_record(struct record *record, enum record_format format)
{
    struct change *change = &record->change;
    if (!change->table.len) {
        change->table = table_of_arn(record->source_arn);
    }
    const char *missing = find_missing(record);
    if (missing) {
        return json_scan_fail(&record->scan, missing, record->scan.begin);
    }
    if (!change_op_parse(record->event_name, &change->op)) {
        return json_scan_fail(&record->scan, "eventName must be INSERT, MODIFY or REMOVE",
                              record->scan.begin);
    }
    const char *wrong = creation_time_read(&record->creation, format, &change->event_time_us);
    if (wrong) {
        return json_scan_fail(&record->scan, wrong, record->creation.place);
    }
    change->created = record->creation.text;
    change->ttl_expiry = is_ttl_expiry(change);
    return true;
}

/* Set member by member: the scanner's room for names is large, and need not be cleared each
 * time. */
enum status dynamodb_decode(struct span record, enum record_format format, struct arena *arena,
                            struct json_error *error, struct change *out)
{
    struct record reading;
    reading.change = (struct change){.raw = record};
    reading.event_name = span_of(NULL, 0);
    reading.source_arn = span_of(NULL, 0);
    reading.creation = (struct creation_time){0};
    reading.has_dynamodb = false;
    json_scan_init(&reading.scan, record, arena);
    if (!read_record(&reading) || !complete_record(&reading, format)) {
        *error = reading.scan.error;
        return reading.scan.status;
    }
    *out = reading.change;
    return STATUS_OK;
}
