/* json_string.c: checks UTF-8 and escapes in place; only texts that hold an escape are copied. */
#include "model/json_string.h"

#include "base/check.h"

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

bool json_scan_special(struct json_scan *scan)
{
    if (scan->at == scan->end) {
        return json_scan_fail(scan, "", scan->at);
    }
    if (*scan->at == '\\') {
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

struct span json_text_unescape(struct span raw, struct arena *arena)
{
    const char *at = raw.ptr;
    const char *end = at + raw.len;
    /* no escape is shorter than what it stands for */
    char *bytes = arena_alloc(arena, raw.len);
    size_t length = 0;
    while (at < end) {
        if (*at == '\\') {
            length += put_escape(&at, end, bytes + length);
        } else {
            bytes[length++] = *at++;
        }
    }
    /* called for texts that hold an escape, which took more room */
    check(length < raw.len);
    return span_of(bytes, length);
}
