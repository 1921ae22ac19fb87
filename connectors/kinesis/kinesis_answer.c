/* kinesis_answer.c: one pass over an answer by the scanner that also reads change records; members
 * that nobody needs are checked and passed over. */
#include "kinesis/kinesis_answer.h"

#include "kinesis/kinesis_base64.h"
#include "kinesis/kinesis_sequence.h"
#include "model/base64.h"
#include "model/decimal.h"
#include "model/json_string.h"

enum { US_PER_SECOND = 1000000, FIRST_RECORDS = 256 };

/* An answer on its way. */
struct reading {
    struct json_scan scan;
    char *body; /* the text being scanned, to write decoded data into */
};

static bool skip(struct reading *reading)
{
    return json_scan_value(&reading->scan, JSON_NUMBERS_DECIMAL, NULL);
}

static bool is_null(struct reading *reading)
{
    return json_scan_peek(&reading->scan) == 'n';
}

static bool read_text(struct reading *reading, struct span *out)
{
    struct json_text text;
    if (!json_scan_string(&reading->scan, &text)) {
        return false;
    }
    *out = json_text_resolve(text, reading->scan.arena);
    return true;
}

/* A text, or null, which is the empty one. */
static bool read_optional(struct reading *reading, struct span *out)
{
    *out = SPAN("");
    return is_null(reading) ? json_scan_word(&reading->scan, SPAN("null"))
                            : read_text(reading, out);
}

static bool read_sequence(struct reading *reading, struct span *out)
{
    const char *place = reading->scan.at;
    return read_text(reading, out) &&
           (kinesis_sequence_is_valid(*out) ||
            json_scan_fail(&reading->scan, "this is no sequence number", place));
}

static bool read_optional_sequence(struct reading *reading, struct span *out)
{
    *out = SPAN("");
    return is_null(reading) ? json_scan_word(&reading->scan, SPAN("null"))
                            : read_sequence(reading, out);
}

/* A number that is scaled and rounded to a whole one; false when it is out of range. */
static bool read_scaled(struct reading *reading, int64_t scale, int64_t *out)
{
    struct span text;
    struct decimal number;
    const char *place = reading->scan.at;
    if (!json_scan_number(&reading->scan, &text)) {
        return false;
    }
    if (decimal_parse(text, &number) != STATUS_OK ||
        decimal_multiply(number, decimal_from_int(scale), &number) != STATUS_OK ||
        decimal_to_int(decimal_round(number), out) != STATUS_OK) {
        return json_scan_fail(&reading->scan, "this number is out of range", place);
    }
    return true;
}

/* Data with an escape in it ('/' may be written so): decoded aside. */
static bool read_escaped_data(struct reading *reading, struct span *out)
{
    struct span text;
    const char *place = reading->scan.at;
    if (!read_text(reading, &text)) {
        return false;
    }
    if (!base64_is_valid(text)) {
        return json_scan_fail(&reading->scan, "this is no base64", place);
    }
    *out = base64_decode(text, reading->scan.arena);
    return true;
}

static bool read_data(struct reading *reading, struct span *out)
{
    struct json_scan *scan = &reading->scan;
    if (json_scan_peek(scan) != '"') {
        return json_scan_fail(scan, "a string is expected", scan->at);
    }
    size_t length = 0;
    const char *quote = memchr(scan->at + 1, '"', (size_t)(scan->end - scan->at - 1));
    if (!quote || memchr(scan->at + 1, '\\', (size_t)(quote - scan->at - 1))) {
        return read_escaped_data(reading, out);
    }
    char *text = reading->body + (scan->at + 1 - scan->begin);
    const char *behind = kinesis_base64_decode(text, quote, &length);
    if (behind != quote) {
        return json_scan_fail(scan, "this is no base64", scan->at);
    }
    *out = span_of(text, length);
    scan->at = quote + 1;
    return true;
}

static bool read_record(struct reading *reading, struct kinesis_record *out)
{
    struct json_scan *scan = &reading->scan;
    struct json_object object;
    struct span name;
    const char *place = scan->at;
    bool has_data = false;
    *out = (struct kinesis_record){0};
    if (!json_object_open(scan, &object, "a record is expected")) {
        return false;
    }
    while (json_object_next(scan, &object, &name)) {
        bool read = false;
        if (span_equals(name, SPAN("Data"))) {
            read = read_data(reading, &out->data);
            has_data = true;
        } else if (span_equals(name, SPAN("SequenceNumber"))) {
            read = read_sequence(reading, &out->sequence);
        } else if (span_equals(name, SPAN("ApproximateArrivalTimestamp"))) {
            read = read_scaled(reading, US_PER_SECOND, &out->arrival_us);
        } else {
            read = skip(reading);
        }
        if (!read) {
            return false;
        }
    }
    return json_scan_ok(scan) &&
           ((has_data && out->sequence.len) ||
            json_scan_fail(scan, "a record lacks Data or SequenceNumber", place));
}

/* Room for one record more; the old array stays in the arena, half as large each time. */
static void grow_records(struct kinesis_page *page, size_t *capacity, struct arena *arena)
{
    if (page->count < *capacity) {
        return;
    }
    size_t grown = *capacity ? *capacity * 2 : FIRST_RECORDS;
    struct kinesis_record *records = arena_array(arena, grown, sizeof *records);
    if (page->count) {
        memcpy(records, page->records, page->count * sizeof *records);
    }
    page->records = records;
    *capacity = grown;
}

static bool read_records(struct reading *reading, struct kinesis_page *page)
{
    struct json_array array;
    size_t capacity = 0;
    if (!json_array_open(&reading->scan, &array, "a list of records is expected")) {
        return false;
    }
    while (json_array_next(&reading->scan, &array)) {
        grow_records(page, &capacity, reading->scan.arena);
        if (!read_record(reading, &page->records[page->count])) {
            return false;
        }
        page->bytes += page->records[page->count++].data.len;
    }
    return json_scan_ok(&reading->scan);
}

static bool read_children(struct reading *reading, bool *has_children)
{
    struct json_array array;
    if (is_null(reading)) {
        return json_scan_word(&reading->scan, SPAN("null"));
    }
    if (!json_array_open(&reading->scan, &array, "a list of shards is expected")) {
        return false;
    }
    while (json_array_next(&reading->scan, &array)) {
        *has_children = true;
        if (!skip(reading)) {
            return false;
        }
    }
    return json_scan_ok(&reading->scan);
}

static bool read_page_member(struct reading *reading, struct span name, struct kinesis_page *page)
{
    if (span_equals(name, SPAN("Records"))) {
        return read_records(reading, page);
    }
    if (span_equals(name, SPAN("NextShardIterator"))) {
        return read_optional(reading, &page->next_iterator);
    }
    if (span_equals(name, SPAN("MillisBehindLatest")) && !is_null(reading)) {
        return read_scaled(reading, 1, &page->behind_ms);
    }
    if (span_equals(name, SPAN("ChildShards"))) {
        return read_children(reading, &page->has_children);
    }
    return skip(reading);
}

static enum status finish(struct reading *reading, const char **reason)
{
    if (json_scan_finish(&reading->scan)) {
        return STATUS_OK;
    }
    *reason = reading->scan.error.reason;
    return STATUS_INVALID;
}

enum status kinesis_read_page(struct buf *body, struct arena *arena, const char **reason,
                              struct kinesis_page *out)
{
    struct reading reading = {.body = body->ptr};
    struct kinesis_page page = {.behind_ms = -1};
    struct json_object object;
    struct span name;
    bool has_records = false;
    json_scan_init(&reading.scan, buf_view(body), arena);
    if (json_object_open(&reading.scan, &object, "an object is expected")) {
        while (json_object_next(&reading.scan, &object, &name)) {
            has_records |= span_equals(name, SPAN("Records"));
            if (!read_page_member(&reading, name, &page)) {
                break;
            }
        }
    }
    enum status status = finish(&reading, reason);
    if (status == STATUS_OK && !has_records) {
        *reason = "it holds no Records"; /* must not pass for the end of the shard */
        return STATUS_INVALID;
    }
    if (status == STATUS_OK) {
        *out = page;
    }
    return status;
}

static bool read_hash(struct reading *reading, kinesis_hash *out)
{
    struct span text;
    const char *place = reading->scan.at;
    return read_text(reading, &text) &&
           (kinesis_hash_parse(text, out) ||
            json_scan_fail(&reading->scan, "this is no hash key", place));
}

static bool read_hash_range(struct reading *reading, struct kinesis_shard *shard)
{
    struct json_object object;
    struct span name;
    if (!json_object_open(&reading->scan, &object, "a range of hash keys is expected")) {
        return false;
    }
    while (json_object_next(&reading->scan, &object, &name)) {
        bool read = span_equals(name, SPAN("StartingHashKey"))
                        ? read_hash(reading, &shard->range.first)
                    : span_equals(name, SPAN("EndingHashKey"))
                        ? read_hash(reading, &shard->range.last)
                        : skip(reading);
        if (!read) {
            return false;
        }
    }
    return json_scan_ok(&reading->scan);
}

static bool read_sequence_range(struct reading *reading, struct kinesis_shard *shard)
{
    struct json_object object;
    struct span name;
    if (!json_object_open(&reading->scan, &object, "a range of sequence numbers is expected")) {
        return false;
    }
    while (json_object_next(&reading->scan, &object, &name)) {
        bool read = span_equals(name, SPAN("StartingSequenceNumber"))
                        ? read_sequence(reading, &shard->first_sequence)
                    : span_equals(name, SPAN("EndingSequenceNumber"))
                        ? read_optional_sequence(reading, &shard->last_sequence)
                        : skip(reading);
        if (!read) {
            return false;
        }
    }
    return json_scan_ok(&reading->scan);
}

static bool read_shard_member(struct reading *reading, struct span name,
                              struct kinesis_shard *shard)
{
    if (span_equals(name, SPAN("ShardId"))) {
        return read_text(reading, &shard->id);
    }
    if (span_equals(name, SPAN("ParentShardId"))) {
        return read_optional(reading, &shard->parents[0]);
    }
    if (span_equals(name, SPAN("AdjacentParentShardId"))) {
        return read_optional(reading, &shard->parents[1]);
    }
    if (span_equals(name, SPAN("HashKeyRange"))) {
        return read_hash_range(reading, shard);
    }
    return span_equals(name, SPAN("SequenceNumberRange")) ? read_sequence_range(reading, shard)
                                                          : skip(reading);
}

static bool read_shard(struct reading *reading, struct kinesis_shard *shard)
{
    struct json_scan *scan = &reading->scan;
    struct json_object object;
    struct span name;
    const char *place = scan->at;
    *shard = (struct kinesis_shard){.range = {1, 0}};
    if (!json_object_open(scan, &object, "a shard is expected")) {
        return false;
    }
    while (json_object_next(scan, &object, &name)) {
        if (!read_shard_member(reading, name, shard)) {
            return false;
        }
    }
    return json_scan_ok(scan) &&
           ((shard->id.len && shard->id.len <= KINESIS_SHARD_ID_MAX &&
             shard->range.first <= shard->range.last && shard->first_sequence.len) ||
            json_scan_fail(scan, "a shard lacks its id, hash keys or sequence numbers", place));
}

static struct kinesis_shard *add_shard(struct kinesis_listing *listing)
{
    if (listing->count == listing->capacity) {
        size_t grown = listing->capacity ? listing->capacity * 2 : FIRST_RECORDS;
        struct kinesis_shard *shards = arena_array(listing->arena, grown, sizeof *shards);
        if (listing->count) {
            memcpy(shards, listing->shards, listing->count * sizeof *shards);
        }
        listing->shards = shards;
        listing->capacity = grown;
    }
    return &listing->shards[listing->count++];
}

static bool read_shards(struct reading *reading, struct kinesis_listing *listing)
{
    struct json_array array;
    if (!json_array_open(&reading->scan, &array, "a list of shards is expected")) {
        return false;
    }
    while (json_array_next(&reading->scan, &array)) {
        if (listing->count == KINESIS_SHARDS_MAX) {
            return json_scan_fail_limit(&reading->scan, "too many shards", reading->scan.at);
        }
        if (!read_shard(reading, add_shard(listing))) {
            return false;
        }
    }
    return json_scan_ok(&reading->scan);
}

static bool read_listing_member(struct reading *reading, struct span name,
                                struct kinesis_listing *listing)
{
    if (span_equals(name, SPAN("Shards"))) {
        return read_shards(reading, listing);
    }
    return span_equals(name, SPAN("NextToken")) ? read_optional(reading, &listing->next_token)
                                                : skip(reading);
}

enum status kinesis_read_listing(struct span body, const char **reason,
                                 struct kinesis_listing *listing)
{
    struct kinesis_listing grown = *listing;
    struct reading reading = {0};
    struct json_object object;
    struct span name;
    bool has_shards = false;
    grown.next_token = SPAN("");
    json_scan_init(&reading.scan, arena_copy(listing->arena, body), listing->arena);
    if (json_object_open(&reading.scan, &object, "an object is expected")) {
        while (json_object_next(&reading.scan, &object, &name)) {
            has_shards |= span_equals(name, SPAN("Shards"));
            if (!read_listing_member(&reading, name, &grown)) {
                break;
            }
        }
    }
    enum status status = finish(&reading, reason);
    if (status == STATUS_OK && !has_shards) {
        *reason = "it holds no Shards";
        return STATUS_INVALID;
    }
    if (status == STATUS_OK) {
        *listing = grown;
    }
    return reading.scan.status == STATUS_LIMIT ? STATUS_LIMIT : status;
}

enum status kinesis_read_iterator(struct span body, struct arena *arena, const char **reason,
                                  struct span *out)
{
    struct reading reading = {0};
    struct json_object object;
    struct span name;
    struct span iterator = SPAN("");
    json_scan_init(&reading.scan, arena_copy(arena, body), arena);
    if (json_object_open(&reading.scan, &object, "an object is expected")) {
        while (json_object_next(&reading.scan, &object, &name)) {
            bool wanted = span_equals(name, SPAN("ShardIterator"));
            if (!(wanted ? read_text(&reading, &iterator) : skip(&reading))) {
                break;
            }
        }
    }
    enum status status = finish(&reading, reason);
    if (status == STATUS_OK && iterator.len == 0) {
        *reason = "it holds no ShardIterator";
        return STATUS_INVALID;
    }
    if (status == STATUS_OK) {
        *out = iterator;
    }
    return status;
}
