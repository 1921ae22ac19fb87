/* json_field.c: numbers are read digit by digit, since a double would round them. */
#include "model/json_field.h"

#include "base/clock.h"
#include "model/json_string.h"

enum { SHORT_TEXT_BYTES_MAX = 64 };

bool json_field_text(struct json_scan *scan, size_t bytes_max, struct span *out)
{
    struct json_text text;
    json_scan_peek(scan);
    const char *place = scan->at;
    if (!json_scan_string(scan, &text)) {
        return false;
    }
    *out = json_text_resolve(text, scan->arena);
    return out->len <= bytes_max || json_scan_fail_limit(scan, "this text is too long", place);
}

bool json_field_digest(struct json_scan *scan, struct digest *out)
{
    struct span hex;
    json_scan_peek(scan);
    const char *place = scan->at;
    return json_field_text(scan, SHORT_TEXT_BYTES_MAX, &hex) &&
           (digest_parse(hex, out) || json_scan_fail(scan, "32 hex digits are expected", place));
}

/* At most `max`, or as much as `lowest_magnitude` below zero; then *out wraps around. */
static bool read_whole(struct json_scan *scan, uint64_t max, uint64_t lowest_magnitude,
                       uint64_t *out)
{
    struct span text;
    if (!json_scan_number(scan, &text)) {
        return false;
    }
    bool negative = text.ptr[0] == '-';
    uint64_t number = 0;
    bool whole = true;
    for (size_t i = negative; i < text.len && whole; i++) {
        whole = (json_class[(unsigned char)text.ptr[i]] & JSON_CLASS_DIGIT) &&
                !__builtin_mul_overflow(number, 10, &number) &&
                !__builtin_add_overflow(number, (uint64_t)(text.ptr[i] - '0'), &number);
    }
    if (!whole || number > (negative ? lowest_magnitude : max)) {
        return json_scan_fail(scan, "a whole number within its range is expected", text.ptr);
    }
    *out = negative ? 0 - number : number;
    return true;
}

bool json_field_uint(struct json_scan *scan, uint64_t *out)
{
    return read_whole(scan, UINT64_MAX, 0, out);
}

bool json_field_uint32(struct json_scan *scan, uint32_t *out)
{
    uint64_t number;
    if (!read_whole(scan, UINT32_MAX, 0, &number)) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

bool json_field_int(struct json_scan *scan, int64_t lowest, int64_t *out)
{
    uint64_t bits;
    if (!read_whole(scan, INT64_MAX, 0 - (uint64_t)lowest, &bits)) {
        return false;
    }
    memcpy(out, &bits, sizeof bits); /* both are two's complement */
    return true;
}

bool json_field_bool(struct json_scan *scan, bool *out)
{
    *out = json_scan_peek(scan) == 't';
    return json_scan_word(scan, *out ? SPAN("true") : SPAN("false"));
}

bool json_field_time(struct json_scan *scan, int64_t *out_us)
{
    struct span text;
    json_scan_peek(scan);
    const char *place = scan->at;
    return json_field_text(scan, SHORT_TEXT_BYTES_MAX, &text) &&
           (clock_parse(text, out_us) || json_scan_fail(scan, "a time is expected", place));
}

bool json_field_raw(struct json_scan *scan, struct span *out)
{
    json_scan_peek(scan);
    const char *place = scan->at;
    if (!json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL)) {
        return false;
    }
    *out = span_of(place, (size_t)(scan->at - place));
    return true;
}
