#include "model/json_scan.h"

#include "base/check.h"

#include <endian.h>

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

/* The high bit of every byte of `word` that is zero; bytes above the lowest such one may be wrong. */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
}

/* The first byte from `at` that is not of JSON_CLASS_PLAIN; `end` when there is none. */
static const char *skip_plain(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        word = le64toh(word);
        uint64_t control = (word - 0x2020202020202020u) & ~word;
        uint64_t special = zero_bytes(word ^ 0x2222222222222222u) |
                           zero_bytes(word ^ 0x5C5C5C5C5C5C5C5Cu) |
                           ((control | word) & 0x8080808080808080u);
        if (special) {
            return at + __builtin_ctzll(special) / 8;
        }
        at += 8;
    }
    while (at < end && (json_class[(unsigned char)*at] & JSON_CLASS_PLAIN)) {
        at++;
    }
    return at;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Length of the well-formed sequence of two to four bytes at `at`; 0 when malformed (Unicode,
 * table 3-7). */
static size_t utf8_length(const char *at, const char *end)
{
    unsigned char lead = (unsigned char)at[0];
    size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead < 0xC2 || lead > 0xF4 || (size_t)(end - at) < length) {
        return 0;
    }
    unsigned char second = (unsigned char)at[1];
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high || (length > 2 && !is_continuation(at[2])) ||
        (length > 3 && !is_continuation(at[3]))) {
        return 0;
    }
    return length;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The value of four hex digits at `at`; -1 when there are no four. */
static int32_t hex_quad(const char *at, const char *end)
{
    int32_t code = 0;
    if (end - at < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) {
            return -1;
        }
        code = code * 16 + digit;
    }
    return code;
}

static bool is_high_surrogate(int32_t code)
{
    return code >= 0xD800 && code <= 0xDBFF;
}

static bool is_low_surrogate(int32_t code)
{
    return code >= 0xDC00 && code <= 0xDFFF;
}

/* Passes a \uXXXX or a pair of them at scan->at. */
static bool scan_unicode_escape(struct json_scan *scan)
{
    const char *at = scan->at;
    int32_t code = hex_quad(at + 2, scan->end);
    if (code < 0) {
        return json_scan_fail(scan, "\\u needs four hex digits", at);
    }
    scan->at += 6;
    if (is_low_surrogate(code)) {
        return json_scan_fail(scan, "a low surrogate without a high one before it", at);
    }
    if (is_high_surrogate(code)) {
        bool paired = scan->end - at >= 12 && at[6] == '\\' && at[7] == 'u' &&
                      is_low_surrogate(hex_quad(at + 8, scan->end));
        if (!paired) {
            return json_scan_fail(scan, "a high surrogate without a low one behind it", at);
        }
        scan->at += 6;
    }
    return true;
}

/* The byte that a one-letter escape stands for; 0 when there is no such escape. */
static char escape_meaning(char letter)
{
    switch (letter) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
    }
}

/* Passes the escape whose backslash is at scan->at. */
static bool scan_escape(struct json_scan *scan)
{
    if (scan->end - scan->at < 2) {
        return json_scan_fail(scan, "", scan->end);
    }
    if (scan->at[1] == 'u') {
        return scan_unicode_escape(scan);
    }
    if (!escape_meaning(scan->at[1])) {
        return json_scan_fail(scan, "there is no such escape", scan->at);
    }
    scan->at += 2;
    return true;
}

/* Passes what is no plain byte inside a string. */
static bool scan_special(struct json_scan *scan, struct json_text *text)
{
    if (scan->at == scan->end) {
        return json_scan_fail(scan, "", scan->at);
    }
    if (*scan->at == '\\') {
        text->escaped = true;
        return scan_escape(scan);
    }
    if ((unsigned char)*scan->at < 0x20) {
        return json_scan_fail(scan, "a control character inside a string", scan->at);
    }
    size_t length = utf8_length(scan->at, scan->end);
    if (length == 0) {
        return json_scan_fail(scan, "malformed UTF-8", scan->at);
    }
    scan->at += length;
    return true;
}

bool json_scan_string(struct json_scan *scan, struct json_text *out)
{
    if (!json_scan_expect(scan, '"', "a string is expected")) {
        return false;
    }
    const char *start = scan->at;
    struct json_text text = {0};
    for (;;) {
        scan->at = skip_plain(scan->at, scan->end);
        if (scan->at < scan->end && *scan->at == '"') {
            break;
        }
        if (!scan_special(scan, &text)) {
            return false;
        }
    }
    text.raw = span_of(start, (size_t)(scan->at - start));
    scan->at++;
    *out = text;
    return true;
}

/* Writes a code point as UTF-8; returns how many bytes. */
static size_t put_utf8(int32_t code, char *out)
{
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(lead[length] | code);
    return length;
}

/* Resolves the checked escape at *at and steps over it; returns how many bytes it wrote. */
static size_t put_escape(const char **at, const char *end, char *out)
{
    const char *escape = *at;
    if (escape[1] != 'u') {
        *at += 2;
        out[0] = escape_meaning(escape[1]);
        return 1;
    }
    int32_t code = hex_quad(escape + 2, end);
    *at += 6;
    if (is_high_surrogate(code)) {
        code = 0x10000 + (code - 0xD800) * 0x400 + (hex_quad(escape + 8, end) - 0xDC00);
        *at += 6;
    }
    return put_utf8(code, out);
}

struct span json_text_resolve(struct json_text text, struct arena *arena)
{
    if (!text.escaped) {
        return text.raw;
    }
    const char *at = text.raw.ptr;
    const char *end = at + text.raw.len;
    char *bytes = arena_alloc(arena, text.raw.len);
    size_t length = 0;
    while (at < end) {
        if (*at == '\\') {
            length += put_escape(&at, end, bytes + length);
        } else {
            bytes[length++] = *at++;
        }
    }
    check(length < text.raw.len);
    return span_of(bytes, length);
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
        json_names_pop(scan, object);
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
