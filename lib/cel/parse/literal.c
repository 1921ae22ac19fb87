/* literal.c: numbers within their type's range, and texts with their escapes resolved. */
#include "cel/parse/literal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { CODE_POINT_MAX = 0x10FFFF };

static bool is_hex(struct span text)
{
    return text.len > 2 && (text.ptr[1] == 'x' || text.ptr[1] == 'X');
}

static enum status read_magnitude(struct span text, struct arena *arena, uint64_t *out)
{
    struct span copy = arena_copy(arena, text);
    errno = 0;
    unsigned long long magnitude = strtoull(copy.ptr, NULL, is_hex(text) ? 16 : 10);
    if (errno == ERANGE) {
        return STATUS_LIMIT;
    }
    *out = magnitude;
    return STATUS_OK;
}

static enum status too_large(struct cel_token token, struct cel_issues *issues, const char *what)
{
    struct span hint = arena_printf(issues->arena, "write decimal('%.*s')", SPAN_ARG(token.text));
    cel_issue_add(issues, false, token.offset, token.length,
                  is_hex(token.text) ? span_of(NULL, 0) : hint, "'%.*s' does not fit %s",
                  SPAN_ARG(token.text), what);
    return STATUS_INVALID;
}

static enum status read_int(struct cel_token token, bool negative, struct arena *arena,
                            struct cel_issues *issues, struct value *out)
{
    uint64_t magnitude;
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    if (read_magnitude(token.text, arena, &magnitude) != STATUS_OK || magnitude > limit) {
        return too_large(token, issues, "an int (64 bits)");
    }
    *out = value_int(negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude);
    return STATUS_OK;
}

static enum status read_uint(struct cel_token token, struct arena *arena, struct cel_issues *issues,
                             struct value *out)
{
    uint64_t magnitude;
    struct cel_token digits = token;
    digits.text.len--; /* the u */
    if (read_magnitude(digits.text, arena, &magnitude) != STATUS_OK) {
        return too_large(digits, issues, "a uint (64 bits)");
    }
    *out = (struct value){.kind = VALUE_UINT, .unsigned_integer = magnitude};
    return STATUS_OK;
}

static enum status read_double(struct cel_token token, bool negative, struct arena *arena,
                               struct cel_issues *issues, struct value *out)
{
    double real = strtod(arena_copy(arena, token.text).ptr, NULL);
    if (isinf(real)) {
        return too_large(token, issues, "a double");
    }
    *out = (struct value){.kind = VALUE_DOUBLE, .real = negative ? -real : real};
    return STATUS_OK;
}

enum status cel_literal_number(struct cel_token token, bool negative, struct arena *arena,
                               struct cel_issues *issues, struct value *out)
{
    if (token.kind == CEL_TOKEN_DOUBLE) {
        return read_double(token, negative, arena, issues, out);
    }
    if (token.kind == CEL_TOKEN_UINT) {
        return read_uint(token, arena, issues, out);
    }
    return read_int(token, negative, arena, issues, out);
}

/* A literal's body while its escapes are resolved. */
struct reader {
    struct span body;
    size_t at;
    uint32_t offset; /* of the body in the expression */
    bool bytes;
    char *out; /* never longer than the body */
    size_t out_length;
    struct cel_issues *issues;
};

static void put_byte(struct reader *reader, uint32_t byte)
{
    reader->out[reader->out_length++] = (char)(unsigned char)byte;
}

static void put_code_point(struct reader *reader, uint32_t code_point)
{
    if (code_point < 0x80) {
        put_byte(reader, code_point);
    } else if (code_point < 0x800) {
        put_byte(reader, 0xC0 | code_point >> 6);
        put_byte(reader, 0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put_byte(reader, 0xE0 | code_point >> 12);
        put_byte(reader, 0x80 | (code_point >> 6 & 0x3F));
        put_byte(reader, 0x80 | (code_point & 0x3F));
    } else {
        put_byte(reader, 0xF0 | code_point >> 18);
        put_byte(reader, 0x80 | (code_point >> 12 & 0x3F));
        put_byte(reader, 0x80 | (code_point >> 6 & 0x3F));
        put_byte(reader, 0x80 | (code_point & 0x3F));
    }
}

/* The escapes of one letter; false for any other. */
static bool simple_escape(char letter, char *meaning)
{
    static const char letters[] = "abfnrtv\\?\"'`";
    static const char meanings[] = "\a\b\f\n\r\t\v\\?\"'`";
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (found) {
        *meaning = meanings[found - letters];
    }
    return found != NULL;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* Reads exactly `count` digits of a base at `from`; false when they are not there. */
static bool read_digits(const struct reader *reader, size_t from, size_t count, int base,
                        uint32_t *out)
{
    uint32_t number = 0;
    if (from + count > reader->body.len) {
        return false;
    }
    for (size_t i = from; i < from + count; i++) {
        int digit = digit_value(reader->body.ptr[i]);
        if (digit >= base) {
            return false;
        }
        number = number * (uint32_t)base + (uint32_t)digit;
    }
    *out = number;
    return true;
}

static enum status bad_escape(struct reader *reader, struct span hint)
{
    size_t length = reader->at + 1 < reader->body.len ? 2 : 1;
    struct span escape = span_of(reader->body.ptr + reader->at, length);
    cel_issue_add(reader->issues, false, reader->offset + (uint32_t)reader->at, (uint32_t)length,
                  hint, "'%.*s' is no escape", SPAN_ARG(escape));
    return STATUS_INVALID;
}

/* How an escape that is spelled in digits is read, by its letter. */
struct numeric_escape {
    char letter;
    size_t prefix; /* bytes before the digits, the backslash included */
    size_t digits;
    int base;
    const char *hint;
};

static const struct numeric_escape NUMERIC_ESCAPES[] = {
    {'x', 2, 2, 16, "write \\x and two hex digits"},
    {'X', 2, 2, 16, "write \\X and two hex digits"},
    {'u', 2, 4, 16, "write \\u and four hex digits of a code point; only in strings"},
    {'U', 2, 8, 16, "write \\U and eight hex digits of a code point; only in strings"},
    {'0', 1, 3, 8, "write a backslash and three octal digits, 000 to 377"},
    {'1', 1, 3, 8, "write a backslash and three octal digits, 000 to 377"},
    {'2', 1, 3, 8, "write a backslash and three octal digits, 000 to 377"},
    {'3', 1, 3, 8, "write a backslash and three octal digits, 000 to 377"},
};

static bool is_scalar_value(uint32_t code_point)
{
    return code_point <= CODE_POINT_MAX && (code_point < 0xD800 || code_point > 0xDFFF);
}

static enum status read_numeric_escape(struct reader *reader, const struct numeric_escape *escape)
{
    uint32_t number;
    bool unicode = escape->letter == 'u' || escape->letter == 'U';
    if (!read_digits(reader, reader->at + escape->prefix, escape->digits, escape->base, &number) ||
        (unicode && (reader->bytes || !is_scalar_value(number)))) {
        return bad_escape(reader, span_view(escape->hint));
    }
    if (reader->bytes) {
        put_byte(reader, number);
    } else {
        put_code_point(reader, number);
    }
    reader->at += escape->prefix + escape->digits;
    return STATUS_OK;
}

static enum status read_escape(struct reader *reader)
{
    char meaning;
    char letter = reader->at + 1 < reader->body.len ? reader->body.ptr[reader->at + 1] : '\0';
    if (simple_escape(letter, &meaning)) {
        reader->out[reader->out_length++] = meaning;
        reader->at += 2;
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof NUMERIC_ESCAPES / sizeof *NUMERIC_ESCAPES; i++) {
        if (letter == NUMERIC_ESCAPES[i].letter) {
            return read_numeric_escape(reader, &NUMERIC_ESCAPES[i]);
        }
    }
    return bad_escape(reader, SPAN("write \\\\ for a backslash, or a raw string: r'...'"));
}

static enum status resolve_escapes(struct reader *reader)
{
    while (reader->at < reader->body.len) {
        if (reader->body.ptr[reader->at] != '\\') {
            reader->out[reader->out_length++] = reader->body.ptr[reader->at++];
        } else if (read_escape(reader) != STATUS_OK) {
            return STATUS_INVALID;
        }
    }
    return STATUS_OK;
}

/* Bytes of prefix and opening quotes; *raw tells whether escapes mean themselves. */
static size_t opening_length(struct span token, size_t *quotes, bool *raw)
{
    size_t prefix = 0;
    *raw = false;
    while (token.ptr[prefix] != '"' && token.ptr[prefix] != '\'') {
        *raw |= token.ptr[prefix] == 'r' || token.ptr[prefix] == 'R';
        prefix++;
    }
    char quote = token.ptr[prefix];
    bool triple = token.len - prefix >= 6 && token.ptr[prefix + 1] == quote &&
                  token.ptr[prefix + 2] == quote;
    *quotes = triple ? 3 : 1;
    return prefix + *quotes;
}

enum status cel_literal_text(struct cel_token token, struct arena *arena, struct cel_issues *issues,
                             struct value *out)
{
    bool raw;
    size_t quotes;
    size_t opening = opening_length(token.text, &quotes, &raw);
    struct span body = span_of(token.text.ptr + opening, token.text.len - opening - quotes);
    enum value_kind kind = token.kind == CEL_TOKEN_BYTES ? VALUE_BYTES : VALUE_STRING;
    struct reader reader = {
        .body = body,
        .offset = token.offset + (uint32_t)opening,
        .bytes = kind == VALUE_BYTES,
        .out = arena_alloc(arena, body.len + 1),
        .issues = issues,
    };
    if (raw) {
        *out = (struct value){.kind = kind, .text = arena_copy(arena, body)};
        return STATUS_OK;
    }
    if (resolve_escapes(&reader) != STATUS_OK) {
        return STATUS_INVALID;
    }
    *out = (struct value){.kind = kind, .text = span_of(reader.out, reader.out_length)};
    return STATUS_OK;
}
