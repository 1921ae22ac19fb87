/* json_scan.c: steps of the scanner; the first mistake is kept, and all that follows fails. */
#include "model/json_string.h"

/* Bytes from 0x80 have no class. */
const unsigned char json_class[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    5, 4, 0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 0, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
};

void json_scan_init(struct json_scan *scan, struct span text, struct arena *arena)
{
    scan->begin = text.len ? text.ptr : "";
    scan->at = scan->begin;
    scan->end = scan->begin + text.len;
    scan->arena = arena;
    scan->status = STATUS_OK;
    scan->depth = 0;
    scan->error = (struct json_error){0};
    scan->names = scan->names_inline;
    scan->name_count = 0;
    scan->name_capacity = JSON_KEYS_INLINE;
    if (text.len > JSON_BYTES_MAX) {
        json_scan_fail_limit(scan, "the text is longer than 16 MiB", scan->begin + JSON_BYTES_MAX);
        /* nothing is read, whatever the caller tries next */
        scan->end = scan->begin;
    }
}

static bool fail_with(struct json_scan *scan, enum status status, const char *reason,
                      const char *place)
{
    if (scan->status == STATUS_OK) {
        scan->status = status;
        scan->error = (struct json_error){reason, (size_t)(place - scan->begin)};
    }
    return false;
}

bool json_scan_fail(struct json_scan *scan, const char *reason, const char *place)
{
    return fail_with(scan, STATUS_INVALID, place == scan->end ? "the text ends too early" : reason,
                     place);
}

bool json_scan_fail_limit(struct json_scan *scan, const char *reason, const char *place)
{
    return fail_with(scan, STATUS_LIMIT, reason, place);
}

bool json_scan_finish(struct json_scan *scan)
{
    if (!json_scan_ok(scan)) {
        return false;
    }
    json_scan_peek(scan);
    return scan->at == scan->end ||
           json_scan_fail(scan, "there is more text behind the value", scan->at);
}

/* Passes a run of digits; false when there is none. */
static bool scan_digits(struct json_scan *scan)
{
    const char *start = scan->at;
    while (scan->at < scan->end && (json_class[(unsigned char)*scan->at] & JSON_CLASS_DIGIT)) {
        scan->at++;
    }
    return scan->at > start;
}

static bool scan_byte(struct json_scan *scan, char c)
{
    bool found = scan->at < scan->end && *scan->at == c;
    scan->at += found;
    return found;
}

/* Passes the part of a number from its exponent on, if it has one. */
static bool scan_exponent(struct json_scan *scan)
{
    if (!scan_byte(scan, 'e') && !scan_byte(scan, 'E')) {
        return true;
    }
    if (!scan_byte(scan, '-')) {
        scan_byte(scan, '+');
    }
    return scan_digits(scan);
}

bool json_scan_number(struct json_scan *scan, struct span *out)
{
    json_scan_peek(scan);
    const char *start = scan->at;
    scan_byte(scan, '-');
    bool whole = scan_byte(scan, '0') || scan_digits(scan);
    bool fraction = whole && (!scan_byte(scan, '.') || scan_digits(scan));
    if (!fraction || !scan_exponent(scan)) {
        return json_scan_fail(scan, "this is no JSON number", scan->at);
    }
    *out = span_of(start, (size_t)(scan->at - start));
    return true;
}

bool json_scan_word(struct json_scan *scan, struct span word)
{
    json_scan_peek(scan);
    size_t left = (size_t)(scan->end - scan->at);
    if (left < word.len || !span_equals(span_of(scan->at, word.len), word)) {
        return json_scan_fail(scan, "a value is expected", scan->at);
    }
    scan->at += word.len;
    return true;
}

/* Depth is bounded here, for every reader that recurses over objects and arrays. */
static bool enter(struct json_scan *scan)
{
    if (scan->depth == JSON_DEPTH_MAX) {
        return json_scan_fail_limit(scan, "more than 64 levels deep", scan->at - 1);
    }
    scan->depth++;
    return true;
}

bool json_object_open(struct json_scan *scan, struct json_object *object, const char *reason)
{
    *object = (struct json_object){.first_name = scan->name_count};
    return json_scan_expect(scan, '{', reason) && enter(scan);
}

bool json_object_next(struct json_scan *scan, struct json_object *object, struct span *name)
{
    if (!json_scan_ok(scan)) {
        return false;
    }
    char next = json_scan_peek(scan);
    if (next == '}') {
        scan->at++;
        scan->depth--;
        (void)json_names_pop(scan, object); /* a failure stays in scan->status */
        return false;
    }
    if (object->has_member && !json_scan_expect(scan, ',', "',' or '}' is expected")) {
        return false;
    }
    if (json_scan_peek(scan) != '"') {
        return json_scan_fail(scan, "a member name in quotes is expected", scan->at);
    }
    object->has_member = true;
    const char *place = scan->at;
    struct json_text text;
    if (!json_scan_string(scan, &text)) {
        return false;
    }
    *name = json_text_resolve(text, scan->arena);
    return json_names_push(scan, object, *name, place) &&
           json_scan_expect(scan, ':', "':' is expected");
}

bool json_array_open(struct json_scan *scan, struct json_array *array, const char *reason)
{
    *array = (struct json_array){0};
    return json_scan_expect(scan, '[', reason) && enter(scan);
}

bool json_array_next(struct json_scan *scan, struct json_array *array)
{
    if (!json_scan_ok(scan)) {
        return false;
    }
    if (json_scan_peek(scan) == ']') {
        scan->at++;
        scan->depth--;
        return false;
    }
    if (array->has_element && !json_scan_expect(scan, ',', "',' or ']' is expected")) {
        return false;
    }
    array->has_element = true;
    return true;
}
